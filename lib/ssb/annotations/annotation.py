"""What a rater submitted, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

UNKNOWN = "unknown"
"""The rater of a submission that says neither who is logged in nor which client sent it."""


@dataclass(frozen=True)
class Origin:
    """What an annotation was drawn with and started from; None where nobody said so.

    client: the program, such as "3D Slicer" or "OHIF". sample_set: id of the sample set that the rater started from.
    checkpoint: name of the model that had drawn it. source: SOPInstanceUID of the object in a PACS that it was read from.
    click: the voxel that the sample set was asked for. Where the annotation marks nothing there, its rater said: no lesion here.
    """

    client: str | None = None
    sample_set: str | None = None
    checkpoint: str | None = None
    source: str | None = None
    click: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Annotation:
    """One version of one rater's mask of one image. An empty annotation is one: its rater looked, and marked nothing.

    image, rater: their ids, as they were given. version: 1, 2, ... without gaps for each rater and image.
    time: when it was submitted, UTC, ISO 8601 with microseconds.
    file: name of the mask's file. sha256: of that file, 64 hex digits. voxels: how many the mask marks.
    order: 1 more than the versions that the image had, of all raters, so that a clock that is set back does not make an old version
    the newest; 0 in earlier records.
    """

    image: str
    rater: str
    version: int
    time: str
    origin: Origin
    file: str
    sha256: str
    voxels: int
    order: int = 0

    def as_json(self) -> dict[str, Any]:
        """The annotation as JSON's own types; `from_json` reads it."""
        click = self.origin.click
        return {**asdict(self), "origin": {**asdict(self.origin), "click": None if click is None else list(click)}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Annotation:
        """The inverse of `as_json`; a TypeError or KeyError where a field is missing or unknown."""
        origin = stored["origin"]
        click = origin.get("click")  # earlier records lack it
        return cls(**{**stored, "origin": Origin(**{**origin, "click": None if click is None else tuple(click)})})
