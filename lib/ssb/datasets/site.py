"""Any site's folder of images with one mask folder a rater: the road for private data sets.

Layout (our choice):
    images/<id>.nii.gz, <id>.nii, <id>.nrrd, or a folder <id> with one DICOM series
    raters/<rater>/<id>.nii.gz, .nii or .nrrd: that rater's mask on the image's grid
A rater without a file for an image did not rate it; a file without a voxel says that the rater saw no lesion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ssb.datasets.study import Skipped, Study
from ssb.errors import InputError, NotFoundError
from ssb.volumes import Volume, read_volume

ENDINGS = (".nii.gz", ".nii", ".nrrd")

TOLERANCE = 0.02
"""How far, in voxels, a mask's voxel may lie from the image's (our choice: far above rounding, far below an error)."""


class SiteStudies:
    """The studies of a site's folder in the order of their ids, each read when its turn comes.

    raters: the names of the folders in raters/, sorted; the same for every study.
    skipped: what the last pass left out, complete once it has ended. An image that cannot be read, that no rater's usable mask belongs
        to, or whose id comes twice is left out as a whole; of a rater whose mask cannot be used (see `read_mask`) only the mask, and
        the rater counts as absent there. Files of other kinds and masks without an image are named too. Hidden files are passed over.
    Errors: NotFoundError without the folders images and raters; InputError where there is no rater.
    """

    def __init__(self, root: Path) -> None:
        self._images, self._raters = root / "images", root / "raters"
        for folder in (self._images, self._raters):
            if not folder.is_dir():
                raise NotFoundError(f"There is no folder '{folder.name}' in {root}: a site's folder holds images/ and raters/<rater>/.")
        self.raters = tuple(sorted(entry.name for entry in _visible(self._raters) if entry.is_dir()))
        if not self.raters:
            raise InputError(f"The folder raters of {root} holds no rater: it needs one folder of masks a rater.")
        self.skipped: list[Skipped] = []

    def __iter__(self) -> Iterator[Study]:
        self.skipped = []
        images = self._index(self._images, "images", with_folders=True)
        drawn = {rater: self._index(self._raters / rater, f"raters/{rater}", with_folders=False) for rater in self.raters}
        for rater, masks in drawn.items():
            lonely = sorted(masks.keys() - images.keys())
            self.skipped += [Skipped(name, f"The mask of rater {rater} has no image of that id.") for name in lonely]
        for name in sorted(images):
            try:
                volume = read_volume(_only(images[name]))
                study = self._study(name, volume, {rater: masks[name] for rater, masks in drawn.items() if name in masks})
            except InputError as error:
                self.skipped.append(Skipped(name, str(error)))
            else:
                yield study

    def _index(self, folder: Path, shown: str, with_folders: bool) -> dict[str, list[Path]]:
        """The entries of a folder by id; those of other kinds are named in `skipped`."""
        found: dict[str, list[Path]] = defaultdict(list)
        for entry in _visible(folder):
            ending = next((e for e in ENDINGS if entry.name.lower().endswith(e)), "")
            if entry.is_file() and ending:
                found[entry.name[: -len(ending)]].append(entry)
            elif entry.is_dir() and with_folders:
                found[entry.name].append(entry)
            else:
                kinds = ", ".join(ENDINGS) + (" or a DICOM folder" if with_folders else "")
                self.skipped.append(Skipped(entry.name, f"The entry {shown}/{entry.name} is of another kind: it must be {kinds}."))
        return found

    def _study(self, name: str, volume: Volume, files: dict[str, list[Path]]) -> Study:
        masks = np.zeros((len(self.raters), *volume.shape), dtype=bool)
        present = [False] * len(self.raters)
        for r, rater in enumerate(self.raters):
            if rater in files:
                try:
                    masks[r] = read_mask(_only(files[rater]), volume)
                    present[r] = True
                except InputError as error:
                    self.skipped.append(Skipped(name, f"Rater {rater}: {error}"))
        if not any(present):
            raise InputError("No rater has a mask of this image that can be used.")
        return Study(name, volume, self.raters, masks, tuple(present))


def read_mask(path: Path, volume: Volume) -> np.ndarray:
    """The mask in a file on `volume`'s grid, (I, J, K) bool: every voxel above 0, so that the labels of a file with several are joined.

    Errors (InputError): a file that ITK cannot read, more than three axes or several layers, another shape, another grid (a corner
    voxel further than TOLERANCE from the image's), or values that are no labels: below 0, broken or not finite.
    """
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(f"The mask {path.name} is broken: it cannot be read as an image.") from error
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise InputError(f"The mask {path.name} must have three axes and one value a voxel.")
    if image.GetSize() != volume.shape:
        shapes = [" x ".join(str(n) for n in shape) for shape in (image.GetSize(), volume.shape)]
        raise InputError(f"The mask {path.name} has the shape {shapes[0]}, but its image has {shapes[1]}.")
    corners = np.array(np.meshgrid(*[(0.0, n - 1.0) for n in volume.shape], [1.0])).reshape(4, -1)
    away = np.linalg.solve(volume.affine, _affine_lps(image) @ corners) - corners
    if np.abs(away).max() > TOLERANCE:
        raise InputError(
            f"The mask {path.name} lies on another grid than its image: a corner is {np.abs(away).max():.3g} voxels away, "
            f"at most {TOLERANCE:g} are allowed."
        )
    values = sitk.GetArrayViewFromImage(image)
    if not np.all((values >= 0) & (values == np.floor(values)) & np.isfinite(values)):
        raise InputError(f"The mask {path.name} holds values that are no labels: they must be whole numbers from 0 up.")
    return values.T > 0


def _affine_lps(image: sitk.Image) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return affine


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _only(paths: list[Path]) -> Path:
    if len(paths) > 1:
        raise InputError(f"One id has several files, {' and '.join(path.name for path in paths)}: it must have one.")
    return paths[0]
