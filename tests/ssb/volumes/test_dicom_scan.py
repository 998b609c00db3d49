import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import SecondaryCaptureImageStorage, SegmentationStorage

from ssb.errors import InputError, NotFoundError
from ssb.volumes import Volume, read_volume, write_dicom_series


def refused(path: Path, series_uid: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_volume(path, series_uid)
    return str(caught.value)


@pytest.fixture
def two(series: Path, oblique: Volume, tmp_path: Path) -> Path:
    """`series` with the 5 slices of a second one, "other.000001.dcm" and so on, beside it."""
    other = write_dicom_series(oblique, tmp_path / "other", seed_uid="another test", description="bone 2.7")
    for path in other.iterdir():
        shutil.copy(path, series / f"other.{path.name}")
    return series


def uid(path: Path) -> str:
    return str(pydicom.dcmread(path, stop_before_pixels=True).SeriesInstanceUID)


def test_two_series_are_refused_and_both_named(two: Path) -> None:
    first, second = uid(two / "000001.dcm"), uid(two / "other.000001.dcm")
    assert refused(two) == (
        f'The folder series holds 2 DICOM series, one is needed: {first} "SSB phantom" with 6 slices; {second} "bone 2.7" with 5 slices.'
    )


def test_one_of_two_series_can_be_asked_for(two: Path, axial: Volume, oblique: Volume) -> None:
    np.testing.assert_array_equal(read_volume(two, uid(two / "000001.dcm")).array, axial.array)
    np.testing.assert_array_equal(read_volume(two, uid(two / "other.000001.dcm")).array, oblique.array)
    with pytest.raises(
        NotFoundError, match=r"The folder series does not hold the series 1\.2\.3, but: .* with 6 slices; .* with 5 slices\."
    ):
        read_volume(two, "1.2.3")


def test_what_is_wrong_with_another_series_does_not_matter(two: Path, axial: Volume, edit: Callable[..., Path]) -> None:
    scout = edit(6, SeriesInstanceUID="1.2.3", PixelSpacing=None)
    scout.rename(two / "scout.dcm")
    assert "1.2.3" in refused(two) and "with 1 slice." in refused(two)
    np.testing.assert_array_equal(read_volume(two / "000001.dcm").array, axial.array[:, :, :5])


def test_a_file_stands_for_its_series(two: Path, axial: Volume, oblique: Volume) -> None:
    np.testing.assert_array_equal(read_volume(two / "000004.dcm").array, axial.array)
    np.testing.assert_array_equal(read_volume(two / "other.000004.dcm").array, oblique.array)


def test_many_series_are_not_all_listed(series: Path, edit: Callable[..., Path]) -> None:
    for number in range(1, 7):
        edit(number, SeriesInstanceUID=f"1.2.{number}")
    sentence = refused(series)
    assert "holds 6 DICOM series" in sentence
    assert "1.2.4" in sentence and "1.2.5" not in sentence and sentence.endswith("; and 2 more.")


def test_names_do_not_matter(series: Path, axial: Volume) -> None:
    for path in list(series.iterdir()):
        path.rename(series / f"slice{9 - int(path.stem)}")
    np.testing.assert_array_equal(read_volume(series).array, axial.array)
    np.testing.assert_array_equal(read_volume(series / "slice4").array, axial.array)


def test_what_is_no_slice_is_passed_over(series: Path, axial: Volume, edit: Callable[..., Path]) -> None:
    for name, sop_class in [("seg.dcm", SegmentationStorage), ("picture.dcm", SecondaryCaptureImageStorage)]:
        dataset = pydicom.dcmread(series / "000001.dcm")
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class
        dataset.SeriesInstanceUID = "1.2.3"
        dataset.save_as(series / name)
    (series / "notes.txt").write_text("no slice")
    (series / "DICOMDIR").write_bytes((series / "000001.dcm").read_bytes())
    (series / "._000001.dcm").write_bytes(b"left by a Mac")
    (series / "deeper").mkdir()
    np.testing.assert_array_equal(read_volume(series).array, axial.array)
    assert "The file seg.dcm is not a DICOM slice of CT, MR or PET" in refused(series / "seg.dcm")


def test_a_folder_without_slices_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refused(empty) == "The folder empty holds no DICOM slices of CT, MR or PET."
    (empty / "notes.txt").write_text("no slice")
    assert "holds no DICOM slices" in refused(empty)


@pytest.mark.parametrize("content", [b"", b"not DICOM at all", b"\0" * 128 + b"DICM", b"\0" * 128 + b"DICM" + b"\7" * 50])
def test_a_broken_file_is_named(series: Path, content: bytes) -> None:
    (series / "000003.dcm").write_bytes(content)
    assert "The file 000003.dcm is broken: " in refused(series)


@pytest.mark.parametrize("kept", [100, 140, 300, 700])
def test_a_header_cut_short_is_named(series: Path, kept: int) -> None:
    path = series / "000003.dcm"
    path.write_bytes(path.read_bytes()[:kept])
    assert "The file 000003.dcm is broken: " in refused(series)


def test_a_slice_of_no_series_is_broken(series: Path, edit: Callable[..., Path]) -> None:
    edit(3, SeriesInstanceUID=None)
    assert refused(series) == "The file 000003.dcm is broken: it has no SeriesInstanceUID."


def test_no_message_names_the_patient(two: Path, edit: Callable[..., Path]) -> None:
    edit(3, PatientName="DOE^JANE", PatientID="4711")
    assert "DOE" not in refused(two) and "4711" not in refused(two)
