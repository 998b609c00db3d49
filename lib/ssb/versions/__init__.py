"""The models of a site: those that came with the program, those it trained itself, and which of them is in use."""

from ssb.versions.listing import row_of, table
from ssb.versions.store import InUse, Versions
from ssb.versions.version import Version

__all__ = ["InUse", "Version", "Versions", "row_of", "table"]
