"""Who annotates, as the address says: everything under /as/<name>/ is that annotator's."""

from __future__ import annotations

from urllib.parse import quote


def home_of(annotator: str) -> str:
    """The path under which OHIF runs for an annotator, such as /as/Anna%20Ek."""
    return f"/as/{quote(annotator, safe='')}"
