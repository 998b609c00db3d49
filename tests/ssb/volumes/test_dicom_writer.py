from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import JPEG2000, CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from ssb.errors import InputError
from ssb.volumes import Volume, read_volume, write_dicom_series


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_what_is_written_is_read_back(tmp_path: Path, oblique: Volume, syntax: pydicom.uid.UID) -> None:
    folder = write_dicom_series(oblique, tmp_path / "out", seed_uid="x", transfer_syntax=syntax)
    assert {pydicom.dcmread(path).file_meta.TransferSyntaxUID for path in folder.iterdir()} == {syntax}
    back = read_volume(folder)
    assert back.array.dtype == np.int16
    np.testing.assert_array_equal(back.array, oblique.array)
    np.testing.assert_allclose(back.affine, oblique.affine, rtol=0, atol=1e-9)
    assert back.name == "out"


def test_itk_sees_the_same_volume(tmp_path: Path, oblique: Volume) -> None:
    folder = write_dicom_series(oblique, tmp_path / "out", seed_uid="x")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image).T, oblique.array)
    for index in [(0, 0, 0), (16, 0, 0), (0, 12, 0), (16, 12, 4)]:
        np.testing.assert_allclose(image.TransformIndexToPhysicalPoint(index), (oblique.affine @ [*index, 1])[:3], atol=1e-3)


def test_a_left_handed_grid_keeps_every_voxel_at_its_place(tmp_path: Path, oblique: Volume) -> None:
    flipped = oblique.affine.copy()
    flipped[:3, 3] += flipped[:3, 2] * 4
    flipped[:3, 2] *= -1
    back = read_volume(write_dicom_series(Volume(oblique.array[:, :, ::-1], flipped), tmp_path / "out", seed_uid="x"))
    np.testing.assert_array_equal(back.array, oblique.array)
    np.testing.assert_allclose(back.affine, oblique.affine, rtol=0, atol=1e-9)


def test_whole_floats_are_written_and_broken_ones_are_not(tmp_path: Path, axial: Volume) -> None:
    whole = Volume(axial.array.astype(np.float32), axial.affine)
    np.testing.assert_array_equal(read_volume(write_dicom_series(whole, tmp_path / "out", seed_uid="x")).array, axial.array)
    for bad in (0.5, 40000.0):
        with pytest.raises(InputError, match="its values must be whole and from -33792 to 31743"):
            write_dicom_series(Volume(whole.array + np.float32(bad), axial.affine), tmp_path / "bad", seed_uid="x")
    assert not (tmp_path / "bad").exists()


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, axial: Volume) -> None:
    one, two = (write_dicom_series(axial, tmp_path / name, seed_uid="same") for name in ("one", "two"))
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()
    other = write_dicom_series(axial, tmp_path / "three", seed_uid="other")
    uids = [pydicom.dcmread(folder / "000001.dcm") for folder in (one, other)]
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
        assert uids[0][keyword].value != uids[1][keyword].value


def test_the_files_are_ct_slices_of_nobody(tmp_path: Path, axial: Volume) -> None:
    folder = write_dicom_series(axial, tmp_path / "out", seed_uid="x", description="two nodules")
    files = [pydicom.dcmread(path) for path in sorted(folder.iterdir())]
    assert [f.InstanceNumber for f in files] == [1, 2, 3, 4, 5, 6]
    assert len({f.SOPInstanceUID for f in files}) == 6 and len({f.SeriesInstanceUID for f in files}) == 1
    assert {f.SOPClassUID for f in files} == {CTImageStorage}
    assert {(str(f.PatientName), f.PatientID, f.SeriesDescription) for f in files} == {("PHANTOM^SSB", "PHANTOM", "two nodules")}
    assert all(len(part) <= 16 for f in files for part in str(f["ImagePositionPatient"].value).strip("[]").split(", "))


def test_a_folder_with_files_is_left_alone(tmp_path: Path, axial: Volume) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("keep me")
    with pytest.raises(InputError, match="The folder mine is not empty"):
        write_dicom_series(axial, tmp_path / "mine", seed_uid="x")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["note.txt"]


def test_a_failed_write_leaves_nothing(tmp_path: Path, axial: Volume, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def full_disk(dataset: pydicom.FileDataset, path: Path, **_: object) -> None:
        written.append(path)
        if len(written) == 3:
            raise OSError("No space left on device")
        path.write_bytes(b"x")

    monkeypatch.setattr(pydicom.FileDataset, "save_as", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_dicom_series(axial, tmp_path / "out", seed_uid="x")
    assert list(tmp_path.iterdir()) == []


def test_another_compression_is_refused(tmp_path: Path, axial: Volume) -> None:
    with pytest.raises(InputError, match="Cannot write JPEG 2000 Image Compression: choose one of Explicit VR Little Endian"):
        write_dicom_series(axial, tmp_path / "out", seed_uid="x", transfer_syntax=JPEG2000)


def test_slices_too_small_for_jpeg_2000_are_refused(tmp_path: Path, axial: Volume) -> None:
    with pytest.raises(InputError, match="JPEG 2000 needs slices of at least 32 x 32, axial has smaller ones"):
        write_dicom_series(axial, tmp_path / "out", seed_uid="x", transfer_syntax=JPEG2000Lossless)
