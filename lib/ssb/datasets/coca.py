"""Stanford COCA: ECG-gated CT of the heart with one reader's outlines of coronary calcium.

Layout, as public readers of the release describe it (the StanfordCoCa class of the package `amid`, and several preprocessing scripts):
    Gated_release_final/patient/<n>/<one folder>/*.dcm
    Gated_release_final/calcium_xml/<n>.xml, a property list: Images -> ImageIndex, ROIs -> Name (of the artery), Point_px (one text
    "(x, y)" a corner, in pixels), Point_mm (one text "(x, y, z)" a corner), and statistics such as Area that are not read here
Known from the same readers: some outlines have no corner at all, some series have two slices at one position, some patients have no XML.

What we have not seen confirmed, so assumed, for we have no copy of the data:
- The slice of an outline is the one at the z of its Point_mm, in the patient frame of the DICOM files (`amid` finds it so). Only without
  Point_mm is it ImageIndex, counted from 0 at the feet: the order of growing position, which is also that of our k. Scripts that count
  the files in reverse order of their names agree with it where the files are numbered from the head down.
- x is the column i and y the row j, whole numbers being the centres of pixels.
"""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from pathlib import Path
from xml.parsers.expat import ExpatError

import numpy as np
from PIL import Image, ImageDraw

from ssb.datasets.study import Skipped, Study
from ssb.errors import InputError, NotFoundError
from ssb.volumes import Volume, read_volume

RATER = "COCA"
CORNERS = 3
OFF_SLICE = 0.1
"""How far from a slice an outline may lie, as a share of the slice spacing (our choice)."""

_BROKEN = (plistlib.InvalidFileException, ExpatError, ValueError, TypeError, AttributeError, KeyError, IndexError)
"""What plistlib raises at a file that is no property list, and what looking into one of another make does."""


class CocaStudies:
    """The annotated gated scans in the order of their numbers, each read when its turn comes, with masks (1, I, J, K).

    root: the folder that holds Gated_release_final. All arteries are joined into one mask.
    skipped: what the last pass left out, complete once it has ended: patients without an XML (the release does not say there whether
        nobody looked or nobody found calcium, so we do not take them for empty), without exactly one series that can be read, or
        with an XML that does not fit; XMLs without a patient; and, in scans that are kept, outlines without an area.
    Errors: NotFoundError without the two folders.
    """

    def __init__(self, root: Path) -> None:
        self._patients, self._outlines = (root / "Gated_release_final" / name for name in ("patient", "calcium_xml"))
        for folder in (self._patients, self._outlines):
            if not folder.is_dir():
                raise NotFoundError(f"There is no folder Gated_release_final/{folder.name} in {root}: give the folder of the COCA release.")
        self.skipped: list[Skipped] = []

    def __iter__(self) -> Iterator[Study]:
        self.skipped = []
        patients = {entry.name: entry for entry in _visible(self._patients) if entry.is_dir()}
        drawn = {entry.stem: entry for entry in _visible(self._outlines) if entry.suffix.lower() == ".xml"}
        self.skipped += [Skipped(name, "The XML has no patient of that number.") for name in drawn if name not in patients]
        for name, folder in patients.items():
            try:
                if name not in drawn:
                    raise InputError(f"The patient has no {name}.xml.")
                volume = read_volume(_series(folder))
                mask, empty = read_coca_xml(drawn[name], volume)
            except InputError as error:
                self.skipped.append(Skipped(name, str(error)))
            else:
                if empty:
                    self.skipped.append(Skipped(name, f"Of its outlines, {empty} had fewer than {CORNERS} corners; the scan was kept."))
                yield Study(name, volume, (RATER,), mask[np.newaxis], (True,))


def read_coca_xml(path: Path, volume: Volume) -> tuple[np.ndarray, int]:
    """The calcium in a COCA XML as a mask on `volume`'s grid, (I, J, K) bool, and how many outlines had fewer than 3 corners.

    Corners go to the nearest pixel; the polygon's inside and its outline are calcium (our choice, as the public scripts fill it).
    Outlines with fewer than 3 corners bound no area and mark nothing.
    Errors (InputError): another kind of XML, a corner outside the image, an outline on no slice.
    """
    try:
        with path.open("rb") as file:
            images = plistlib.load(file, fmt=plistlib.FMT_XML)["Images"]
        rois = [(image["ImageIndex"], roi) for image in images for roi in image["ROIs"]]
        outlines = [(index, _numbers(roi["Point_px"], 2), _numbers(roi.get("Point_mm", []), 3)) for index, roi in rois]
    except _BROKEN as error:
        raise InputError(f"The file {path.name} is broken: it cannot be read as a COCA annotation.") from error
    mask = np.zeros(volume.shape, dtype=bool)
    empty = 0
    for index, corners, places in outlines:
        if len(corners) < CORNERS:
            empty += 1
            continue
        mask[:, :, _slice(index, places, volume, path.name)] |= _fill(corners, volume, path.name)
    return mask, empty


def _numbers(texts: list[str], count: int) -> np.ndarray:
    """(n, count) float64 from n texts such as "(1.5, 2)"."""
    numbers = np.array([[float(v) for v in text.strip().strip("()").split(",")] for text in texts], dtype=np.float64)
    return numbers.reshape(len(texts), count)


def _slice(index: object, places: np.ndarray, volume: Volume, name: str) -> int:
    if len(places):
        at = np.linalg.solve(volume.affine, [*places[0], 1.0])[2]
        where = f"z = {places[0, 2]:g} mm"
    else:
        at = float(index) if isinstance(index, int) else np.nan
        where = f"ImageIndex {index}"
    if not -OFF_SLICE <= at <= volume.shape[2] - 1 + OFF_SLICE or abs(at - round(at)) > OFF_SLICE:
        raise InputError(f"The file {name} has an outline at {where}, which is no slice of the {volume.shape[2]} of its scan.")
    return round(at)


def _fill(corners: np.ndarray, volume: Volume, name: str) -> np.ndarray:
    """(I, J) bool: the polygon through the pixels nearest to its corners, with its outline."""
    columns, rows = volume.shape[:2]
    pixels = np.floor(corners + 0.5)
    if not np.all((pixels >= 0) & (pixels < (columns, rows))):
        raise InputError(f"The file {name} has an outline outside its scan, whose slices are {columns} x {rows} pixels.")
    image = Image.new("1", (columns, rows))
    ImageDraw.Draw(image).polygon([(int(i), int(j)) for i, j in pixels], fill=1)
    return np.array(image).T


def _series(patient: Path) -> Path:
    folders = [entry for entry in _visible(patient) if entry.is_dir()]
    if len(folders) != 1:
        raise InputError(f"The patient has {len(folders)} folders of images: one is needed.")
    return folders[0]


def _visible(folder: Path) -> list[Path]:
    """The entries that are not hidden; "2" comes before "10"."""
    return sorted((entry for entry in folder.iterdir() if not entry.name.startswith(".")), key=lambda entry: (len(entry.name), entry.name))
