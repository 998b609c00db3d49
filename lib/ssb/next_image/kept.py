"""Scores on the disk, one small JSON file an image, so that a restart scores nothing twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ssb.annotations.names import folder_name
from ssb.atomic import replaced
from ssb.next_image.score import LesionScore, image_disagreement


@dataclass(frozen=True)
class Score:
    """One image's score. key: of `ssb.next_image.key.score_key`. checkpoint: the model's name. time: UTC, ISO 8601."""

    image: str
    key: str
    checkpoint: str
    time: str
    lesions: tuple[LesionScore, ...]

    @property
    def disagreement(self) -> float:
        """Of the image, in [0, 1]."""
        return image_disagreement(self.lesions)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Score:
        """The inverse of `dataclasses.asdict` after a trip through JSON."""
        lesions = [LesionScore(_index(lesion["click"]), float(lesion["disagreement"])) for lesion in stored["lesions"]]
        texts = [stored[name] for name in ("image", "key", "checkpoint", "time")]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a score's facts are texts")
        image, key, checkpoint, time = texts
        return cls(image, key, checkpoint, time, tuple(lesions))


class KeptScores:
    """The scores under the folder `root`, which the first one makes. Many threads may share it.

    A file that cannot be read counts as no score: all of them can be made again.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = {score.image: score for file in sorted(root.glob("*.json")) if (score := _read(file)) is not None}
        self._writing = threading.Lock()

    def get(self, image: str) -> Score | None:
        """The image's last score, which may be older than its annotations or the model; None before the first."""
        return self._known.get(image)

    def keep(self, score: Score) -> None:
        """Take the place of the image's earlier score. Raises OSError where the disk fails."""
        with self._writing:
            self._root.mkdir(parents=True, exist_ok=True)
            with replaced(self._root / f"{folder_name(score.image, 'image id')}.json") as path:
                path.write_text(json.dumps(asdict(score), indent=2) + "\n", encoding="utf-8")
            self._known[score.image] = score


def _read(file: Path) -> Score | None:
    try:
        return Score.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def _index(values: list[int]) -> tuple[int, int, int]:
    i, j, k = values
    return int(i), int(j), int(k)
