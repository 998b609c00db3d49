"""Everything of a site that cannot be made again, in one file, and back."""

from ssb.backup.restoring import Restored, restore
from ssb.backup.writing import Saved, back_up

__all__ = ["Restored", "Saved", "back_up", "restore"]
