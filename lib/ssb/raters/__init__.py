"""What several raters said about the same images: lesions across raters, their consensus, and how the raters differ."""
