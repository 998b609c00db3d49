"""SSB++: a Schrödinger bridge from a medical image to several plausible masks of one lesion."""

__version__ = "0.1.0"
