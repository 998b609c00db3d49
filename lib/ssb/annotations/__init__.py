"""What raters drew: one annotation a rater and image, on the image's grid."""
