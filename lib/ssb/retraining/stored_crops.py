"""Crops of annotated images on the disk, cut once and read one by one.

A folder a cutting, <key>/, with crops.bin (n images of 128 x 128 uint8, then n masks, bit j = slot j) and facts.json. The key is a hash
of the image, of its raters' versions and of what decides how crops are cut: another version of an annotation gives another key, and what
did not change is not cut again. A cutting is written beside its place and renamed.

Files are read with plain reads, not mapped into memory: pages of a mapped file count as the process's own, so that its memory would
grow with the number of studies.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from ssb.datasets.crops import SIDE, CropSet

CROPS, FACTS = "crops.bin", "facts.json"
_BYTES = SIDE * SIDE


@dataclass(frozen=True)
class Cutting:
    """The crops of one image. raters: how many looked, at most 8. lesions, slices: of each crop, its lesion's number and its index."""

    image: str
    raters: int
    lesions: list[int]
    slices: list[int]


class Rows:
    """Planes (128, 128) uint8 of several files, `counts[f]` of them from byte `starts[f]` of file f: see `ssb.datasets.crops.Rows`."""

    def __init__(self, files: Sequence[Path], counts: Sequence[int], starts: Sequence[int]) -> None:
        self._files, self._starts = list(files), list(starts)
        self._before = [0, *accumulate(counts)]

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), SIDE, SIDE)

    def __len__(self) -> int:
        return self._before[-1]

    def __getitem__(self, index: int) -> np.ndarray:
        if not 0 <= index < len(self):
            raise IndexError(f"there are {len(self)} crops, but number {index} was asked for")
        file = bisect_right(self._before, index) - 1
        start = self._starts[file] + _BYTES * (int(index) - self._before[file])
        return np.fromfile(self._files[file], np.uint8, _BYTES, offset=start).reshape(SIDE, SIDE)


def write_cutting(root: Path, key: str, facts: Cutting, images: np.ndarray, bits: np.ndarray) -> None:
    """Keep an image's crops, images and bits (n, 128, 128) uint8; n may be 0, where nobody marked anything."""
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".writing-") as folder:
        made = Path(folder) / key
        made.mkdir()
        with (made / CROPS).open("wb") as file:
            file.write(np.ascontiguousarray(images).tobytes())
            file.write(np.ascontiguousarray(bits).tobytes())
        (made / FACTS).write_text(json.dumps(asdict(facts)) + "\n", encoding="utf-8")
        shutil.rmtree(root / key, ignore_errors=True)
        made.rename(root / key)


def read_facts(root: Path, key: str) -> Cutting | None:
    """The facts of a cutting; None where there is none, or not a whole one."""
    try:
        facts = Cutting(**json.loads((root / key / FACTS).read_text(encoding="utf-8")))
        whole = (root / key / CROPS).stat().st_size == 2 * _BYTES * len(facts.slices)
    except (OSError, ValueError, TypeError):
        return None
    return facts if whole else None


def forget_others(root: Path, keys: set[str]) -> None:
    """Remove the cuttings of annotations that were replaced; they can be cut again."""
    for folder in root.iterdir() if root.is_dir() else ():
        if folder.name not in keys:
            shutil.rmtree(folder, ignore_errors=True)


class StoredCrops(CropSet):
    """The crops of some cuttings, an image a patient; how many raters looked may differ from image to image.

    The slots of an image's raters come first, those of absent raters hold nothing: training draws from those who are `present`.
    """

    title = "annotations of the site"

    def __init__(self, split: str, root: Path, cuttings: dict[str, Cutting]) -> None:
        filled = {key: facts for key, facts in cuttings.items() if facts.slices}
        counts = [len(facts.slices) for facts in filled.values()]
        files = [root / key / CROPS for key in filled]
        nodules = [f"{facts.image}_n{lesion:02d}" for facts in filled.values() for lesion in facts.lesions]
        patients = [facts.image for facts in filled.values() for _ in facts.slices]
        present = np.array([2**facts.raters - 1 for facts in filled.values() for _ in facts.slices], dtype=np.uint8)
        super().__init__(
            split,
            Rows(files, counts, [0] * len(files)),
            Rows(files, counts, [_BYTES * count for count in counts]),
            nodules,
            patients,
            [k for facts in filled.values() for k in facts.slices],
            max((facts.raters for facts in filled.values()), default=1),
            present,
        )
