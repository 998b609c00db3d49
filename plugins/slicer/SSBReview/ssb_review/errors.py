"""What goes wrong, as sentences for the reader."""

from __future__ import annotations


class ReviewError(Exception):
    """Something that the reader can mend or must know, in one sentence."""
