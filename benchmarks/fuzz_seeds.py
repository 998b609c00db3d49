"""Well-formed small files of every kind we read, which the fuzzing changes, and the readers that they are for."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import nrrd
import numpy as np
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from ssb.annotations.annotation import Annotation, Origin
from ssb.annotations.as_dicom import annotation_seg
from ssb.annotations.regrid import on_grid, segment_names
from ssb.annotations.store import AnnotationStore
from ssb.backup import back_up, restore
from ssb.errors import SSBError
from ssb.gate import Verdict
from ssb.next_image.kept import KeptScores, Score
from ssb.next_image.score import LesionScore
from ssb.outputs.result import FILES
from ssb.outputs.result_reader import read_result
from ssb.outputs.seg_nrrd import segments_of, write_layered_seg_nrrd
from ssb.outputs.summary import summary
from ssb.plausible import Box, Request, SampleSet
from ssb.presets import PRESETS
from ssb.versions.pointer import read_pointer, write_pointer
from ssb.versions.version import Version, site_version, write_record
from ssb.volumes import Volume, read_volume, write_dicom_series, write_nifti
from ssb.volumes.dicom_source import SourceSeries
from ssb.volumes.nrrd_writer import write_nrrd
from ssb_app.options import read_options, read_wanted
from ssb_app.points import read_points
from ssb_app.stated import read_object
from tests.dicom_made import as_multi_frame

AFFINE = np.array([[0.7, 0, 0, -3.5], [0, 0.6, 0, 4.25], [0, 0, 2.5, -301], [0, 0, 0, 1]])
IMAGE, RATER = "image", "anna"


@dataclass(frozen=True)
class Seed:
    """name: of the file that is written anew for every input. content: as it is before it is changed. read: the reader, which is given the
    file's path and raises AssertionError where what it read cannot be."""

    name: str
    content: bytes
    read: Callable[[Path], object]


def image() -> Volume:
    """4 x 4 x 3 voxels."""
    return Volume(np.random.default_rng(0).integers(-900, 900, (4, 4, 3)).astype(np.int16), AFFINE, IMAGE)


def mask() -> np.ndarray:
    found = np.zeros((4, 4, 3), dtype=bool)
    found[1:3, 1:4, 1:] = True
    return found


def read_image(path: Path) -> None:
    volume = read_volume(path)
    assert volume.array.ndim == 3 and np.all(np.isfinite(volume.array)), "values that are not finite"
    assert np.all(np.isfinite(volume.affine)) and all(0.001 <= v <= 100 for v in volume.spacing), "a grid that cannot be"
    assert abs(np.linalg.det(volume.affine[:3, :3])) > 0, "a flat grid"


def read_mask(path: Path, volume: Volume) -> None:
    found = on_grid(path, volume)
    assert found.dtype == bool and found.shape == volume.shape, "a mask on another grid"


def read_source(path: Path) -> None:
    source = SourceSeries.read(path)
    source.part(0, len(source.slices))


def dicom_seeds(folder: Path) -> list[Seed]:
    """Series of single-frame files in every transfer syntax, a multi-frame file, and segmentations, one file of which is changed."""
    seeds = []
    syntaxes = {"plain": ExplicitVRLittleEndian, "rle": RLELossless, "jpeg-ls": JPEGLSLossless, "jpeg-2000": JPEG2000Lossless}
    for name, syntax in syntaxes.items():
        tiles = {JPEG2000Lossless: 8, JPEGLSLossless: 4}.get(syntax, 1)  # their encoders refuse smaller planes
        volume = replace(image(), array=np.tile(image().array, (tiles, tiles, 1)))
        series = write_dicom_series(volume, folder / name, seed_uid=name, transfer_syntax=syntax)
        file = sorted(series.iterdir())[1]
        for read in (read_image, read_source)[: 1 + (name == "plain")]:
            seeds.append(Seed(f"{name}/{file.name}", file.read_bytes(), read))
    whole = as_multi_frame(folder / "plain") / "whole.dcm"
    seeds.append(Seed(f"{whole.parent.name}/{whole.name}", whole.read_bytes(), read_image))
    drawn = Annotation("plain", RATER, 1, "2026-11-26T00:00:00", Origin(), "mask.nii.gz", "0" * 64, 12)
    volume = read_volume(folder / "plain")
    segmentation = annotation_seg(drawn, replace(volume, array=mask()), folder / "plain")
    segmentation.save_as(folder / "seg.dcm", write_like_original=False)
    seeds.append(Seed("seg.dcm", (folder / "seg.dcm").read_bytes(), partial(read_mask, volume=volume)))
    return seeds


def nifti_seeds(folder: Path) -> list[Seed]:
    """An image and a mask, packed and not, and an image with a slope."""
    seeds = []
    for ending in (".nii", ".nii.gz"):
        seeds.append(Seed(f"image{ending}", write_nifti(folder / f"image{ending}", image().array, AFFINE).read_bytes(), read_image))
        drawn = write_nifti(folder / f"mask{ending}", mask(), AFFINE).read_bytes()
        seeds.append(Seed(f"mask{ending}", drawn, partial(read_mask, volume=image())))
    sloped = bytearray(seeds[0].content)
    sloped[112:120] = np.array([2.0, -1024.0], "<f4").tobytes()
    return [*seeds, Seed("sloped.nii", bytes(sloped), read_image)]


def nrrd_seeds(folder: Path) -> list[Seed]:
    """Images in each encoding, a detached header, a mask, and our layered segmentation."""
    seeds = []
    grid = {"space": "left-posterior-superior", "space directions": AFFINE[:3, :3].T, "space origin": AFFINE[:3, 3]}
    for encoding in ("raw", "gzip", "bzip2", "ASCII"):
        nrrd.write(str(folder / f"{encoding}.nrrd"), image().array, {**grid, "encoding": encoding}, index_order="F")
        seeds.append(Seed(f"{encoding}.nrrd", (folder / f"{encoding}.nrrd").read_bytes(), read_image))
    nrrd.write(str(folder / "detached.nhdr"), image().array, {**grid, "encoding": "raw"}, index_order="F")
    seeds.append(Seed("detached.nhdr", (folder / "detached.nhdr").read_bytes(), read_image))
    for name, write in {"mask.nrrd": write_nrrd, "layers.seg.nrrd": _write_layers}.items():
        write(folder / name, mask(), AFFINE)
        seeds.append(Seed(name, (folder / name).read_bytes(), partial(read_mask, volume=image())))
    return seeds


def json_seeds(folder: Path) -> list[Seed]:
    """A click's request, and every record that we keep as JSON."""
    request = {
        "foreground": [[1, 1, 1], [2, 2, 1]], "background": [[3, 3, 2]], "point": "1,2,1", "samples": 4, "nfe": 2, "guidance": 0.5,
        "seed": 1, "show": "sample 2", "result_extension": ".nrrd", "result_compress": False, "label_info": [{"name": "lesion"}],
    }  # fmt: skip
    seeds = [Seed("request.json", json.dumps(request).encode(), _read_request)]
    store = AnnotationStore(folder / "store")
    made = store.submit(IMAGE, RATER, mask(), AFFINE, Origin("fuzzing", "0f", "tiny-1", None, (1, 1, 1)))
    record = store.path(made).with_name("record.json")
    seeds.append(Seed(str(record.relative_to(folder)), record.read_bytes(), partial(_read_record, store=store)))
    found = _sample_set()
    (folder / "result").mkdir()
    _write_layers(folder / "result" / FILES[2], mask(), AFFINE)
    text = json.dumps({**summary(found), "series_uid": None}).encode()
    seeds.append(Seed(f"result/{FILES[3]}", text, lambda path: read_result(path.parent)))
    version = folder / "tiny-site-1"
    version.mkdir()
    (version / "checkpoint.safetensors").write_bytes(b"weights")
    verdict = Verdict(True, "better", {})
    facts = {"raters": [RATER]}
    kept = Version("tiny-site-1", version, False, True, verdict.reason, "2026-11-26T00:00:00", "0" * 64, facts, {"measures": {}})
    seeds.append(Seed("tiny-site-1/report.json", write_record(version, kept).read_bytes(), lambda path: site_version(path.parent)))
    write_pointer(folder, "tiny-site-1")
    seeds.append(Seed("current.json", (folder / "current.json").read_bytes(), lambda path: read_pointer(path.parent)))
    scores = KeptScores(folder / "scores")
    scores.keep(Score(IMAGE, "key", "tiny-1", "2026-11-26T00:00:00", (LesionScore((1, 1, 1), 0.5),)))
    file = next((folder / "scores").iterdir())
    seeds.append(Seed(f"scores/{file.name}", file.read_bytes(), lambda path: KeptScores(path.parent)))
    back_up(folder / "site.tar", folder / "store", None)
    with tarfile.open(folder / "site.tar") as tar:
        manifest = tar.extractfile("manifest.json").read()  # type: ignore[union-attr] (it is a regular file)
    seeds.append(Seed("manifest.json", manifest, partial(_read_backup, whole=(folder / "site.tar").read_bytes())))
    return seeds


SEEDS: dict[str, Callable[[Path], list[Seed]]] = {
    "dicom": dicom_seeds,
    "nifti": nifti_seeds,
    "nrrd": nrrd_seeds,
    "json": json_seeds,
}


def _sample_set() -> SampleSet:
    request = Request(point=(1, 1, 1), samples=2, nfe=2, guidance=0.0, seed=0)
    return SampleSet(np.stack([mask(), mask()]), Box((0, 0, 0), (4, 4, 3)), (4, 4, 3), AFFINE, request, "tiny-1", IMAGE)


def _write_layers(path: Path, voxels: np.ndarray, affine: np.ndarray) -> None:
    write_layered_seg_nrrd(path, segments_of(_sample_set(), []), affine, (4, 4, 3))


def _read_request(path: Path) -> None:
    """As the server does with the form field `params`."""
    request: dict[str, Any] = read_object(path.read_bytes().decode(errors="surrogateescape"), "params")
    options = read_options(request, PRESETS["tiny"])
    read_wanted(request, options.samples)
    read_points(request, image())
    segment_names(request)


def _read_record(path: Path, store: AnnotationStore) -> None:
    for found in store.versions(IMAGE, RATER):
        store.content(found)


def _read_backup(path: Path, whole: bytes) -> None:
    """A backup with this manifest."""
    with tarfile.open(fileobj=io.BytesIO(whole)) as old, tarfile.open(path.with_name("made.tar"), "w") as new:
        for member in old.getmembers():
            content = path.read_bytes() if member.name == "manifest.json" else old.extractfile(member).read()  # type: ignore[union-attr]
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    try:
        restore(path.with_name("made.tar"), path.parent / "restored", path.parent / "models")
    except SSBError:
        raise
