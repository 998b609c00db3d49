"""What dciodvfy of Debian's dicom3tools finds wrong with DICOM files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAM = shutil.which("dciodvfy")

needs_dciodvfy = pytest.mark.skipif(PROGRAM is None, reason="needs dciodvfy: Debian's package dicom3tools")


def errors(path: Path) -> list[str]:
    """Its lines that begin with "Error"; it must have told what kind of object the file holds."""
    told = subprocess.run([str(PROGRAM), str(path)], capture_output=True, text=True, check=False, timeout=120)
    lines = (told.stdout + told.stderr).splitlines()
    assert told.returncode in (0, 1) and [line for line in lines if not line.startswith(("Error", "Warning"))], lines
    return [line for line in lines if line.startswith("Error")]
