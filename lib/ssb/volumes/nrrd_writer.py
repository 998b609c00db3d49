"""Volumes as NRRD files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import nrrd
import numpy as np

from ssb.atomic import replaced


def write_nrrd(path: str | Path, array: np.ndarray, affine_lps: np.ndarray, compress: bool = True, description: str = "") -> Path:
    """Write an (I, J, K) array on the grid `affine_lps` (index to LPS mm) as .nrrd, and return the path.

    The dtype is kept (bool becomes uint8); compress chooses gzip or raw. The space is LPS, `space directions` are the affine's
    columns; `description` becomes the field content. The same input gives the same bytes.
    """
    path = Path(path)
    values = np.asarray(array)
    header = {
        "space": "left-posterior-superior",
        "kinds": ["domain", "domain", "domain"],
        "space directions": affine_lps[:3, :3].T,
        "space origin": affine_lps[:3, 3],
        "encoding": "gzip" if compress else "raw",
        **({"content": description} if description else {}),
    }
    write_header_and_voxels(path, values.astype(np.uint8) if values.dtype == bool else values, header)
    return path


def write_header_and_voxels(path: Path, voxels: np.ndarray, header: dict[str, Any]) -> None:
    """Write an array, first axis fastest, under a pynrrd header; the file is whole or absent, and the same input gives the same bytes."""
    written = io.BytesIO()
    # turned first: pynrrd's own turning takes far longer and keeps all other threads of the program waiting meanwhile
    nrrd.write(written, np.ascontiguousarray(voxels.T), header, index_order="C", compression_level=1)
    # pynrrd writes the time into comment lines.
    head, gap, data = written.getvalue().partition(b"\n\n")
    with replaced(path) as temporary:
        temporary.write_bytes(b"\n".join(line for line in head.split(b"\n") if not line.startswith(b"#")) + gap + data)
