"""Points of a request: voxels i, j, k of the image, checked to lie inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ssb.errors import InputError
from ssb.plausible import Index
from ssb.point_text import read_point, shown
from ssb.volumes import Volume


@dataclass(frozen=True)
class Points:
    """What a reader pointed at.

    foreground: the first voxel is the click, which places the region and the first slice and does not force a lesion; every sample
    must cover the further ones (our choice: a click alone must leave "no lesion here" possible).
    outside: voxels that no sample may cover.
    """

    foreground: tuple[Index, ...] = ()
    outside: tuple[Index, ...] = ()

    def __post_init__(self) -> None:
        both = sorted(set(self.inside) & set(self.outside))
        if both:
            raise InputError(f"The voxel {both[0]} is asked both inside and outside of the lesion: give it once.")

    @property
    def inside(self) -> tuple[Index, ...]:
        """Voxels that every sample must cover."""
        return self.foreground[1:]


def read_points(request: Mapping[str, Any], volume: Volume) -> Points:
    """The points of a MONAI Label request on `volume`; without a foreground point they have no click yet.

    Keys: `foreground` and `background`, lists of [i, j, k] as viewers send them, and `point`, one [i, j, k] or the text "i,j,k",
    which comes before the foreground points.
    Raises InputError where a value is not such a list, a point lies outside the image, or a voxel is asked in and out at once.
    """
    first = request.get("point")
    click = [] if first in (None, "") else [read_voxel(first, "point", volume)]
    return Points(
        foreground=(*click, *read_voxels(request.get("foreground"), "foreground", volume)),
        outside=read_voxels(request.get("background"), "background", volume),
    )


def read_voxels(value: object, name: str, volume: Volume) -> tuple[Index, ...]:
    """A list of [i, j, k] (None for none) as voxels of `volume`; `name` is the key that an error names."""
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise InputError(f"The {name} is {shown(value)}, but it must be a list of voxels such as [[231, 180, 42]].")
    return tuple(read_voxel(item, name, volume) for item in value)


def read_voxel(value: object, name: str, volume: Volume) -> Index:
    """Three numbers as the voxel of `volume` that holds them."""
    point = read_point(value, name)
    words = ", ".join(str(int(v)) if v.is_integer() else str(v) for v in point)
    return volume.check_index(point, shown=f"({words})")
