"""What lies where in a folder of studies: light, so that the command line need not start MONAI Label to know it."""

OWN_FOLDER = ".ssb"
LABELS_FOLDER = "labels"
ANNOTATIONS_FOLDER = "annotations"
"""In OWN_FOLDER."""
