"""The parts of a request that are not the network's: decode the image, crop, paste the masks back, encode the answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ssb.checkpoint import Model
from ssb.geometry import Region
from ssb.interpretations import interpret
from ssb.outputs.labelmap import CONSENSUS, labelmap
from ssb.outputs.seg_nrrd import segments_of, write_layered_seg_nrrd
from ssb.plausible import Index
from ssb.speed.rounds import Work, in_rounds
from ssb.speed.works import answer, windows
from ssb.volumes import read_volume, write_dicom_series, write_nifti
from ssb.volumes.volume import Volume
from ssb.volumes.write import write_array


def parts(model: Model, volume: Volume, click: Index, rounds: int, folder: Path) -> dict[str, float]:
    """Median seconds of each part for the answer to one click; `folder` takes the files."""
    series, nifti = folder / "series", folder / "image.nii"
    write_dicom_series(volume, series, seed_uid="ssb-speed")
    write_nifti(nifti, volume.array, volume.affine)
    found = answer(model, volume, click)
    segments = segments_of(found, interpret(found))
    region, slices = Region(volume, click, model.preset), found.box.stop[2] - found.box.start[2]
    side = model.preset.window
    masks = np.zeros((found.request.samples, slices, side, side), dtype=bool)
    works = {
        "decode, DICOM series": Work(lambda: read_volume(series)),
        "decode, NIfTI": Work(lambda: read_volume(nifti)),
        "crop": Work(lambda: windows(volume, click, slices, model)),
        "paste": Work(lambda: region.put_back(masks, found.box.start[2])),
        "encode, consensus": Work(lambda: write_array(folder / "c.nii.gz", labelmap(found, CONSENSUS)[0], found.affine)),
        "encode, all samples": Work(lambda: write_layered_seg_nrrd(folder / "s.seg.nrrd", segments, found.affine, found.shape)),
    }
    return {name: taken.median for name, taken in in_rounds(works, rounds, "parts").items()}
