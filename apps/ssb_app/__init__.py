"""The MONAI Label app: one click, many plausible masks, in the viewers a reader already uses."""
