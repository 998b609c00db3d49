"""One lesion of a cohort, from its row to the files of its result: what every process or machine runs."""

from __future__ import annotations

import functools
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ssb.atomic import replaced
from ssb.checkpoint import Model, load_model
from ssb.cohort.sheet import Case
from ssb.errors import InputError, SSBError
from ssb.identity import file_identity, sha256_of
from ssb.lesion import sample_lesion
from ssb.options import Options
from ssb.outputs.result import write_result
from ssb.plausible import Request
from ssb.point_text import read_point
from ssb.volumes import open_volume

ORDER = "order.json"
"""Beside the files of a result: what was asked. It is written last, so a folder that has it is whole."""


@dataclass(frozen=True)
class Settings:
    """What all cases of a run share. digest: the checkpoint's `sha256_of`. out: the folder of the results' folders."""

    checkpoint: Path
    digest: str
    device: str
    options: Options
    out: Path

    def order(self, case: Case) -> dict[str, Any]:
        """What decides the result of a case, but for the image's voxels: its files' sizes and times stand for them."""
        return {
            **asdict(case),
            "image": str(case.image),
            "file": file_identity(case.image),
            "checkpoint": self.digest,
            **asdict(self.options),
        }


@dataclass(frozen=True)
class Outcome:
    """What became of a case: problem is one sentence, or "" where its result is written."""

    id: str
    problem: str = ""


def is_done(case: Case, settings: Settings) -> bool:
    """Whether the folder holds the whole result of this very case, with these settings."""
    try:
        return bool(json.loads((settings.out / case.id / ORDER).read_text(encoding="utf-8")) == settings.order(case))
    except (OSError, ValueError):
        return False


def sample_case(case: Case, settings: Settings, threads: int | None = None) -> Outcome:
    """Sample one case and write its result; every error becomes its outcome. threads: of this process, None as they are."""
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        _sample(case, settings)
    except SSBError as error:
        return Outcome(case.id, str(error))
    except MemoryError:
        return Outcome(case.id, f"The memory does not suffice for the image {case.image.name}.")
    except Exception as error:  # one bad study must not stop the others
        return Outcome(case.id, f"Unexpected {type(error).__name__}: {error}")
    return Outcome(case.id)


def _sample(case: Case, settings: Settings) -> None:
    if case.image == Path():
        raise InputError(f"The case {case.id} names no image.")
    if bool(case.point) == bool(case.point_mm):
        raise InputError(f"The case {case.id} has {'both' if case.point else 'neither'} of point and point_mm, but needs one of them.")
    folder, order = settings.out / case.id, settings.order(case)
    model = _model(settings.checkpoint, settings.digest, settings.device, settings.options.raters)
    volume = open_volume(case.image)
    click = volume.check_index(read_point(case.point, "point")) if case.point else volume.to_index(read_point(case.point_mm, "point_mm"))
    sample_set = sample_lesion(volume, Request(click, **asdict(settings.options)), model)
    (folder / ORDER).unlink(missing_ok=True)
    write_result(volume, sample_set, folder)
    with replaced(folder / ORDER) as path:
        path.write_text(json.dumps(order) + "\n", encoding="utf-8")


@functools.lru_cache(maxsize=1)
def _model(checkpoint: Path, digest: str, device: str, raters: str) -> Model:
    if sha256_of(checkpoint) != digest:
        raise InputError(f"The checkpoint {checkpoint.name} changed while the cohort was sampled: start the command again.")
    return load_model(checkpoint, device, raters)
