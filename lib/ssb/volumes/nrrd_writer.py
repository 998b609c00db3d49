"""Volumes as NRRD files."""

from __future__ import annotations

import io
import os
import uuid
from pathlib import Path

import nrrd
import numpy as np


def write_nrrd(path: str | Path, array: np.ndarray, affine_lps: np.ndarray, compress: bool = True) -> Path:
    """Write an (I, J, K) array on the grid `affine_lps` (index to LPS mm) as .nrrd, and return the path.

    The dtype is kept (bool becomes uint8); compress chooses gzip or raw. The space is LPS, `space directions` are the affine's
    columns. The same input gives the same bytes. The file is written beside and renamed, so it is whole or absent.
    """
    path = Path(path)
    values = np.asarray(array)
    header = {
        "space": "left-posterior-superior",
        "kinds": ["domain", "domain", "domain"],
        "space directions": affine_lps[:3, :3].T,
        "space origin": affine_lps[:3, 3],
        "encoding": "gzip" if compress else "raw",
    }
    written = io.BytesIO()
    nrrd.write(written, values.astype(np.uint8) if values.dtype == bool else values, header, index_order="F", compression_level=1)
    beside = path.with_name(f".{uuid.uuid4().hex}.nrrd")
    try:
        beside.write_bytes(_without_comments(written.getvalue()))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _without_comments(content: bytes) -> bytes:
    """The file without its comment lines: pynrrd writes the time into them."""
    header, gap, data = content.partition(b"\n\n")
    return b"\n".join(line for line in header.split(b"\n") if not line.startswith(b"#")) + gap + data
