"""A DICOM series as a small file that says where each voxel's plane lies, so that its headers are read once."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ssb.atomic import replaced
from ssb.errors import InputError
from ssb.volumes.dicom import open_slices
from ssb.volumes.dicom_grid import order_slices
from ssb.volumes.dicom_planes import state_of
from ssb.volumes.dicom_scan import find_series
from ssb.volumes.dicom_slices import Slice
from ssb.volumes.volume import Volume

ENDING = ".series.json"
FORMAT = 1


def write_index(target: Path, folder: Path, series_uid: str | None = None) -> Path:
    """Index a series of `folder` in the file `target`, whose name ends in ENDING, and return it.

    The series is checked as `ssb.volumes.dicom.read_dicom` does, but of its pixels only what shows that the image is not constant; a plane
    that cannot be decoded is told when it is asked for.
    """
    found = find_series(folder, series_uid)
    slices, affine = order_slices(found.slices(), folder.resolve().name)
    open_slices(slices, affine, folder.resolve().name, found.uid)
    with replaced(target) as path:
        facts = {
            "format": FORMAT,
            "uid": found.uid,
            "name": folder.resolve().name,
            "folder": os.path.relpath(folder, target.parent),
            "affine": affine.tolist(),
            "slices": [{**asdict(one), "path": one.path.name, "state": state_of(one.path)} for one in slices],
        }
        path.write_text(json.dumps(facts), encoding="utf-8")
    return target


def open_index(path: Path) -> Volume:
    """The volume of an indexed series, its voxels left in the series' files.

    Raises InputError for a file that `write_index` did not write, and, when voxels are asked for, where a file of the series has changed.
    """
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        folder = path.parent / facts["folder"]
        slices = [_slice(folder, one) for one in facts["slices"]]
        states = {folder / one["path"]: (int(one["state"][0]), int(one["state"][1])) for one in facts["slices"]}
        affine, name, uid = np.array(facts["affine"], dtype=np.float64), str(facts["name"]), str(facts["uid"])
        if facts["format"] != FORMAT or affine.shape != (4, 4):
            raise ValueError(affine)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"The index {path.name} of a DICOM series is broken: start the server again.") from error
    return open_slices(slices, affine, name, uid, states)


def _slice(folder: Path, facts: dict[str, Any]) -> Slice:
    name = str(facts["path"])
    if name != Path(name).name:
        raise ValueError(name)
    lists = {key: tuple(facts[key]) for key in ("size", "position", "orientation", "spacing")}
    return Slice(path=folder / name, frame=facts["frame"], slope=facts["slope"], intercept=facts["intercept"], bits=facts["bits"], **lists)
