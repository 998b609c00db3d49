"""The small model of the library's tests, here too."""

from tests.ssb.conftest import checkpoint, discs, model, volume

__all__ = ["checkpoint", "discs", "model", "volume"]
