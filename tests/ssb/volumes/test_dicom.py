from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage

from ssb.errors import InputError
from ssb.volumes import Volume, read_volume


def test_a_missing_slice_file_is_noticed(series: Path) -> None:
    (series / "000003.dcm").unlink()
    with pytest.raises(InputError) as caught:
        read_volume(series)
    assert str(caught.value) == (
        "The DICOM series series has 1 missing slice: the first gap is between -7.5 and -2.5 mm, where slices are 2.5 mm apart."
    )


def test_a_single_slice_is_2d(series: Path) -> None:
    for path in sorted(series.iterdir())[1:]:
        path.unlink()
    with pytest.raises(InputError, match="is 2-D, it has 1 slice"):
        read_volume(series)


def test_a_constant_series_is_refused(series: Path) -> None:
    for path in series.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.PixelData = bytes(len(dataset.PixelData))
        dataset.save_as(path)
    with pytest.raises(InputError, match="The image series is constant: every voxel is -1024"):
        read_volume(series)


@pytest.fixture
def enhanced(series: Path, tmp_path: Path) -> Path:
    """`series` as one multi-frame file: frames in another order, the slope shared, the intercept of every frame its own."""
    files = [pydicom.dcmread(path) for path in sorted(series.iterdir())]
    files = [files[k] for k in (3, 0, 5, 1, 4, 2)]
    whole = files[0]
    whole.SOPClassUID = whole.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    whole.NumberOfFrames = len(files)
    whole.PixelData = b"".join(f.PixelData for f in files)
    shared = Dataset()
    shared.PixelMeasuresSequence = [Dataset()]
    shared.PixelMeasuresSequence[0].PixelSpacing = files[0].PixelSpacing
    shared.PlaneOrientationSequence = [Dataset()]
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = files[0].ImageOrientationPatient
    whole.SharedFunctionalGroupsSequence = [shared]
    whole.PerFrameFunctionalGroupsSequence = [_frame(f, number) for number, f in enumerate(files)]
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"):
        if keyword in whole:
            del whole[keyword]
    folder = tmp_path / "enhanced"
    folder.mkdir()
    whole.save_as(folder / "all.dcm")
    return folder


def _frame(file: Dataset, number: int) -> Dataset:
    group = Dataset()
    group.PlanePositionSequence = [Dataset()]
    group.PlanePositionSequence[0].ImagePositionPatient = list(file.ImagePositionPatient)
    group.PixelValueTransformationSequence = [Dataset()]
    group.PixelValueTransformationSequence[0].RescaleSlope = 1
    group.PixelValueTransformationSequence[0].RescaleIntercept = -1024 + number
    return group


def test_a_multi_frame_file_is_read_through_its_functional_groups(enhanced: Path, axial: Volume) -> None:
    volume = read_volume(enhanced / "all.dcm")
    np.testing.assert_allclose(volume.affine, axial.affine, atol=1e-9)
    for number, k in enumerate((3, 0, 5, 1, 4, 2)):
        np.testing.assert_array_equal(volume.array[:, :, k], axial.array[:, :, k] + number)


def test_a_multi_frame_file_with_too_few_frames_is_broken(enhanced: Path) -> None:
    dataset = pydicom.dcmread(enhanced / "all.dcm")
    dataset.NumberOfFrames = 5
    dataset.PixelData = dataset.PixelData[: 5 * 9 * 8 * 2]
    dataset.save_as(enhanced / "all.dcm")
    with pytest.raises(InputError, match=r"The file all\.dcm is broken: its pixels are \(5, 8, 9\), its header says 8 x 9"):
        read_volume(enhanced)


def test_a_frame_without_its_position_is_broken(enhanced: Path) -> None:
    dataset = pydicom.dcmread(enhanced / "all.dcm")
    del dataset.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence
    dataset.save_as(enhanced / "all.dcm")
    with pytest.raises(InputError, match=r"The file all\.dcm is broken: its ImagePositionPatient is missing"):
        read_volume(enhanced)


def test_a_real_chest_ct_is_what_itk_reads(shared_data: Path) -> None:
    folder = shared_data / "ct" / "LIDC-IDRI-0001"
    volume = read_volume(folder)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    assert volume.shape == (512, 512, 61) and volume.array.dtype == np.int16
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image).T, volume.array)
    np.testing.assert_allclose(volume.affine[:3, 3], image.GetOrigin(), atol=1e-9)
    np.testing.assert_allclose(volume.spacing, image.GetSpacing(), atol=1e-9)
    np.testing.assert_allclose(volume.affine[:3, :3] / volume.spacing, np.reshape(image.GetDirection(), (3, 3)), atol=1e-9)
    assert volume.spacing == (0.703125, 0.703125, 2.5)
    assert volume.array.min() == -2048
