"""3-D images from and to files: DICOM series, NIfTI, NRRD."""

from ssb.volumes.dicom_writer import write_dicom_series
from ssb.volumes.nifti import write_nifti
from ssb.volumes.read import open_volume, read_volume
from ssb.volumes.volume import Volume

__all__ = ["Volume", "open_volume", "read_volume", "write_dicom_series", "write_nifti"]
