"""A click taken from annotations that readers saved before."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from monailabel.interfaces.datastore import Datastore
from scipy import ndimage

from ssb.errors import InputError
from ssb.plausible import Index
from ssb.raters.middle import middle_of
from ssb.volumes import Volume
from ssb.volumes.nifti import load_nifti
from ssb.volumes.nrrd_file import read_nrrd_header
from ssb.volumes.nrrd_reader import load_nrrd


def annotation_files(store: Datastore, image_id: str) -> list[Path]:
    """The files of all annotations of an image, of any tag, in the order of their tags."""
    labels = store.get_labels_by_image_id(image_id)
    return [Path(store.get_label_uri(label, tag)) for tag, label in sorted(labels.items())]


def annotated_click(files: Iterable[Path], volume: Volume) -> Index | None:
    """The voxel of `volume` in the middle of the largest lesion that any of `files` marks, or None where none marks a voxel.

    A lesion is a group of marked voxels that touch, labels of all values and layers together; for its middle see `middle_of`. A file
    may have a grid of its own, such as the cropped ones that 3D Slicer writes: the voxel is carried over in millimetres.
    """
    found = [lesion for path in files if (lesion := _largest_lesion(path)) is not None]
    if not found:
        return None
    _, point = max(found, key=lambda lesion: lesion[0])
    return volume.to_index(point)


def check_readable(path: Path) -> None:
    """An InputError where our own readers, which compare a header with its file, do not take the file: ITK's would believe any header."""
    load = {".nii": load_nifti, ".gz": load_nifti, ".nrrd": load_nrrd}.get(path.suffix.lower())
    if load is None:
        raise InputError(f"The label {path.name} is of no kind we keep: it must be .nii, .nii.gz or .nrrd.")
    if path.suffix.lower() == ".nrrd" and {"data file", "datafile"} & read_nrrd_header(path).keys():
        raise InputError(f"The file {path.name} keeps its voxels in another file: submit one file with both.")
    load(path)


def _largest_lesion(path: Path) -> tuple[float, tuple[float, float, float]] | None:
    """Size in mm3 and middle in LPS mm of the largest lesion of one file."""
    check_readable(path)
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(f"The annotation {path.name} cannot be read as an image.") from error
    if image.GetDimension() != 3:
        raise InputError(f"The annotation {path.name} has {image.GetDimension()} dimensions, but it must have 3.")
    array = sitk.GetArrayFromImage(image)
    marked = array.any(axis=-1) if image.GetNumberOfComponentsPerPixel() > 1 else array != 0
    groups, count = ndimage.label(marked, structure=np.ones((3, 3, 3)))
    if not count:
        return None
    sizes = np.bincount(groups.ravel())[1:]
    lesion = groups == int(np.argmax(sizes)) + 1
    x, y, z = image.TransformIndexToPhysicalPoint(middle_of(lesion.T))
    return float(sizes.max() * np.prod(image.GetSpacing())), (x, y, z)
