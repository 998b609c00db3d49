"""The command `export`, after `sample`, in files and in a real PACS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from ssb.outputs.result_reader import read_result
from ssb.volumes import Volume, read_volume, write_dicom_series, write_nifti
from ssb_app.pacs_client import Pacs
from ssb_cli import main
from tests.dciodvfy import errors, needs_dciodvfy
from tests.dicom_made import map_of, masks_of
from tests.orthanc_server import needs_orthanc, running_orthanc
from tests.seg_made import headers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module")
def series(folder: Path) -> Path:
    """The ball of the fixture `volume` as whole numbers."""
    rng = np.random.default_rng(0)
    steps = np.indices((40, 44, 12)).astype(float) - np.array([20, 24, 6]).reshape(3, 1, 1, 1)
    distance = np.sqrt(((steps * np.array([0.7, 0.7, 2.0]).reshape(3, 1, 1, 1)) ** 2).sum(axis=0))
    array = np.rint(np.where(distance < 5, 40, -850) + rng.normal(0, 20, distance.shape)).astype(np.int16)
    return write_dicom_series(Volume(array, np.diag([0.7, 0.7, 2.0, 1.0])), folder / "ct", seed_uid="ball")


@pytest.fixture(scope="module")
def result(series: Path, folder: Path, checkpoint: Path) -> Path:
    quick = ["--samples", "4", "--nfe", "2", "--device", "cpu", "--checkpoint", str(checkpoint)]
    assert main(["sample", str(series), *quick, "--point", "20,24,6", "-o", str(folder / "out")]) == 0
    return folder / "out"


def test_files_hold_the_result_exactly(series: Path, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(result), "--source", str(series), "-o", str(tmp_path / "new")]) == 0
    assert [line.split(" (")[0] for line in capsys.readouterr().out.splitlines()] == [
        f"Written: {tmp_path / 'new' / name}" for name in ("segmentation.dcm", "disagreement.dcm")
    ]
    sample_set, _ = read_result(result)
    affine, shape = read_volume(series).affine, sample_set.shape
    found = masks_of(pydicom.dcmread(tmp_path / "new" / "segmentation.dcm"), affine, shape)
    np.testing.assert_array_equal(found["consensus"], sample_set.on_grid(sample_set.consensus))
    for n, mask in enumerate(sample_set.masks, start=1):
        np.testing.assert_array_equal(found.get(f"sample {n}", np.zeros(shape, bool)), sample_set.on_grid(mask))
    values = map_of(pydicom.dcmread(tmp_path / "new" / "disagreement.dcm"), affine, shape)
    np.testing.assert_array_equal(values, read_volume(result / "disagreement.nii.gz").array)


@needs_dciodvfy
def test_dciodvfy_finds_no_error(series: Path, result: Path, tmp_path: Path) -> None:
    assert main(["export", str(result), "--source", str(series), "-o", str(tmp_path)]) == 0
    assert errors(tmp_path / "segmentation.dcm") == errors(tmp_path / "disagreement.dcm") == []


def test_another_series_is_refused_and_nothing_is_written(
    series: Path, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    volume = read_volume(series)
    other = write_dicom_series(volume, tmp_path / "other", seed_uid="another patient on the same grid")
    assert main(["export", str(result), "--source", str(other), "-o", str(tmp_path / "out")]) == 2
    assert f"does not hold the series {volume.series_uid}, but: " in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main(["export", str(result), "--source", str(series)]) == 2
    assert "Say where to" in capsys.readouterr().err


def test_a_result_of_a_converted_file_goes_beside_its_series(series: Path, tmp_path: Path, checkpoint: Path) -> None:
    volume = read_volume(series)
    image = write_nifti(tmp_path / "converted.nii.gz", volume.array, volume.affine)
    quick = ["--samples", "2", "--nfe", "1", "--device", "cpu", "--checkpoint", str(checkpoint)]
    assert main(["sample", str(image), *quick, "--point", "20,24,6", "-o", str(tmp_path / "out")]) == 0
    assert main(["export", str(tmp_path / "out"), "--source", str(series), "-o", str(tmp_path / "dicom")]) == 0
    sample_set, series_uid = read_result(tmp_path / "out")
    assert series_uid is None
    values = map_of(pydicom.dcmread(tmp_path / "dicom" / "disagreement.dcm"), volume.affine, volume.shape)
    np.testing.assert_array_equal(values, sample_set.on_grid(sample_set.disagreement))


@needs_orthanc
def test_storing_twice_stores_once(series: Path, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_orthanc(tmp_path) as address:
        pacs = Pacs(address)
        for header in headers(series):
            pacs.store(header)
        for said in ("Stored: ", "Already in the PACS: "):
            assert main(["export", str(result), "--source", str(series), "--store", f"{address}/"]) == 0
            lines = capsys.readouterr().out.splitlines()
            assert [line.startswith(said) for line in lines] == [True, True]
        first = headers(series)[0]
        assert len(pacs.series({"StudyInstanceUID": first.StudyInstanceUID})) == 3
        found = pacs.instances({"StudyInstanceUID": first.StudyInstanceUID})
        stored = [pacs.object(one) for one in found if one.series != first.SeriesInstanceUID]
        assert sorted(str(one.Modality) for one in stored) == ["OT", "SEG"]
        sample_set, _ = read_result(result)
        (segmentation,) = (one for one in stored if one.Modality == "SEG")
        found = masks_of(segmentation, sample_set.affine, sample_set.shape)
        np.testing.assert_array_equal(found["consensus"], sample_set.on_grid(sample_set.consensus))
