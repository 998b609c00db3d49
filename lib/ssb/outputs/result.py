"""The folder of files that one sample set becomes."""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from pathlib import Path

import numpy as np

from ssb.errors import InputError
from ssb.interpretations import interpret
from ssb.outputs.figures import overview
from ssb.outputs.reading_report import reading_report
from ssb.outputs.seg_nrrd import segments_of, write_layered_seg_nrrd
from ssb.outputs.summary import summary
from ssb.plausible import DISAGREEMENT_UNIT, SampleSet
from ssb.volumes import Volume, write_nifti

FILES = ("consensus.nii.gz", "disagreement.nii.gz", "samples.seg.nrrd", "summary.json", "overview.png", "report.html")
SERIES_UID = "series_uid"


def write_result(volume: Volume, sample_set: SampleSet, folder: Path) -> tuple[Path, ...]:
    """Write the FILES of `sample_set`, which was sampled on `volume`, into `folder` and return their paths in that order.

    consensus.nii.gz: uint8, 1 where more than half of the samples agree. disagreement.nii.gz: float32 on the whole grid, the entropy of
    the mean in bits, 0 to 1. samples.seg.nrrd: all masks in layers. summary.json: `ssb.outputs.summary`, and as series_uid the DICOM
    series that the image was read from, null for another image. overview.png: `overview`. report.html: `reading_report`.
    The folder is made where it does not exist; in one that does, only these files are replaced, after all of them are written. Raises
    InputError where the folder cannot be written to.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise InputError(f"The output {folder} is a file, but it must be a folder or not exist yet.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".writing-") as temporary:
            _write(volume, sample_set, Path(temporary))
            folder.mkdir(exist_ok=True)
            for name in FILES:
                (Path(temporary) / name).replace(folder / name)
    except OSError as error:
        raise InputError(f"The output folder {folder} cannot be written to: {error.strerror or error}.") from error
    return tuple(folder / name for name in FILES)


def _write(volume: Volume, sample_set: SampleSet, folder: Path) -> None:
    consensus, disagreement, samples, numbers, picture, report = (folder / name for name in FILES)
    write_nifti(consensus, sample_set.on_grid(sample_set.consensus.astype(np.uint8)), sample_set.affine)
    write_nifti(disagreement, sample_set.on_grid(sample_set.disagreement), sample_set.affine, DISAGREEMENT_UNIT)
    write_layered_seg_nrrd(samples, segments_of(sample_set, interpret(sample_set)), sample_set.affine, sample_set.shape)
    facts = {**summary(sample_set), SERIES_UID: volume.series_uid}
    numbers.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    overview(volume, sample_set, picture)
    report.write_text(reading_report(volume, sample_set, datetime.now().astimezone()), encoding="utf-8")
