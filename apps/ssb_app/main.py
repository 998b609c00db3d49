"""Where MONAI Label looks for the app: it loads this file by its path, so the packages are made importable first."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

sys.path += [folder for folder in (str(ROOT / "apps"), str(ROOT / "lib")) if folder not in sys.path]

from ssb_app.app import SSBApp  # noqa: E402 (needs the path above)

__all__ = ["SSBApp"]
