"""What lies where in a folder of studies: light, so that the command line need not start MONAI Label to know it."""

OWN_FOLDER = ".ssb"
LABELS_FOLDER = "labels"
ANNOTATIONS_FOLDER = "annotations"
"""In OWN_FOLDER."""
COPIES_FOLDER = "uncompressed"
"""In OWN_FOLDER, or in the cache of a PACS' images: may be deleted at any time."""
