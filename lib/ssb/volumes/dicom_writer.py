"""A volume as a DICOM CT series of a made-up patient, for phantoms and tests."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import jpeg_ls
import numpy as np
from openjpeg.utils import encode_buffer
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless, generate_uid
from pydicom.valuerep import DSfloat

from ssb.errors import InputError
from ssb.volumes.checks import check_image
from ssb.volumes.volume import Volume

INTERCEPT = -1024
"""Rescale intercept of the written series: stored = HU + 1024, as most CT scanners do."""

_JPEG_2000_SIDE = 32
"""OpenJPEG halves a plane five times, so it refuses smaller ones."""

_WRITABLE = (ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGLSLossless)


def write_dicom_series(
    volume: Volume, folder: str | Path, *, seed_uid: str, transfer_syntax: UID = ExplicitVRLittleEndian, description: str = "SSB phantom"
) -> Path:
    """Write `volume` as CT Image Storage, one file a slice, and return the folder.

    volume: whole values (HU) that fit 16 bits after INTERCEPT, any right-angled grid. DICOM has no left-handed grid: where the
        affine is one, the slices are written in reverse k, so reading gives the same voxels at the same millimetres with k reversed.
    folder: made by this call; an InputError where it exists and holds anything. It appears whole or not at all.
    seed_uid: text from which all UIDs follow: the same text gives the same UIDs and, with the same volume, the same bytes.
    transfer_syntax: uncompressed little endian, or lossless RLE, JPEG 2000 or JPEG-LS.
    Patient, dates and study are made up and always the same. Reading back gives the same values, and the affine to 1e-9 mm.
    """
    folder = Path(folder)
    if transfer_syntax not in _WRITABLE:
        raise InputError(f"Cannot write {transfer_syntax.name}: choose one of {', '.join(s.name for s in _WRITABLE)}.")
    if transfer_syntax == JPEG2000Lossless and min(volume.array.shape[:2]) < _JPEG_2000_SIDE:
        raise InputError(f"JPEG 2000 needs slices of at least {_JPEG_2000_SIDE} x {_JPEG_2000_SIDE}, {volume.name} has smaller ones.")
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"The folder {folder.name} is not empty: give a new one.")
    stored, affine = _stored(check_image(volume.array, volume.affine, volume.name))
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    beside.mkdir(parents=True)
    try:
        for k in range(stored.shape[2]):
            dataset = _header(affine, k, seed_uid, description)
            _set_pixels(dataset, np.ascontiguousarray(stored[:, :, k].T), transfer_syntax)
            dataset.save_as(beside / f"{k + 1:06d}.dcm", write_like_original=False)
        beside.replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _stored(volume: Volume) -> tuple[np.ndarray, np.ndarray]:
    """Stored numbers (I, J, K) int16, and the affine, both right-handed."""
    array, affine = volume.array, volume.affine.copy()
    shifted = array.astype(np.float64) - INTERCEPT
    limits = np.iinfo(np.int16)
    if np.any(shifted != np.rint(shifted)) or shifted.min() < limits.min or shifted.max() > limits.max:
        raise InputError(
            f"The image {volume.name} cannot be written as DICOM: its values must be whole and from "
            f"{limits.min + INTERCEPT} to {limits.max + INTERCEPT}."
        )
    if np.linalg.det(affine[:3, :3]) < 0:
        affine[:3, 3] += affine[:3, 2] * (array.shape[2] - 1)
        affine[:3, 2] *= -1
        shifted = shifted[:, :, ::-1]
    return shifted.astype(np.int16), affine


def _header(affine: np.ndarray, k: int, seed_uid: str, description: str) -> FileDataset:
    """Everything of slice k but its pixels: the CT Image IOD (DICOM PS3.3 A.3)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[seed_uid, "instance", str(k)])
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID = generate_uid(entropy_srcs=[seed_uid, "study"])
    ds.SeriesInstanceUID = generate_uid(entropy_srcs=[seed_uid, "series"])
    ds.FrameOfReferenceUID = generate_uid(entropy_srcs=[seed_uid, "frame of reference"])
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "PHANTOM^SSB", "PHANTOM", "", ""
    ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "20000101", "000000", "1", "", ""
    ds.Modality, ds.SeriesNumber, ds.SeriesDescription, ds.PatientPosition = "CT", 1, description, "HFS"
    ds.Manufacturer, ds.BodyPartExamined, ds.PositionReferenceIndicator = "SSB Label", "CHEST", ""
    ds.ImageType, ds.KVP, ds.AcquisitionNumber, ds.InstanceNumber = ["ORIGINAL", "PRIMARY", "AXIAL"], None, 1, k + 1
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    directions = affine[:3, :3] / spacing
    ds.ImagePositionPatient = _decimals(affine[:3, 3] + k * affine[:3, 2])
    ds.ImageOrientationPatient = _decimals(np.concatenate([directions[:, 0], directions[:, 1]]))
    ds.PixelSpacing = _decimals(spacing[[1, 0]])
    ds.SliceThickness = _decimals(spacing[2:])[0]
    ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, INTERCEPT, "HU"
    ds.WindowCenter, ds.WindowWidth = -600, 1500
    return ds


def _decimals(values: np.ndarray) -> list[DSfloat]:
    """Numbers as decimal strings of at most 16 characters, as many digits as fit."""
    return [DSfloat(float(v), auto_format=True) for v in values]


def _set_pixels(ds: FileDataset, plane: np.ndarray, transfer_syntax: UID) -> None:
    """Put the int16 plane (rows, columns) into the dataset."""
    ds.Rows, ds.Columns = plane.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 1
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.PixelData = plane.astype("<i2").tobytes()
    if transfer_syntax == RLELossless:
        ds.compress(RLELossless)
    elif transfer_syntax != ExplicitVRLittleEndian:
        rows, columns = plane.shape
        if transfer_syntax == JPEG2000Lossless:
            encoded = encode_buffer(ds.PixelData, columns, rows, 1, 16, True, photometric_interpretation=2)
        else:
            encoded = jpeg_ls.encode_buffer(ds.PixelData, rows, columns, 1, 16)
        ds.file_meta.TransferSyntaxUID = transfer_syntax
        ds.PixelData = encapsulate([bytes(encoded)])
        ds["PixelData"].is_undefined_length = True
