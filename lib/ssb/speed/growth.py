"""How the cost grows with what is asked: samples, evaluations, slices, and the side of the region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ssb.checkpoint import Model
from ssb.plausible import Index
from ssb.speed.lesion import tall_lesion
from ssb.speed.rounds import Taken, Work, in_rounds
from ssb.speed.works import answer
from ssb.volumes.volume import Volume

COUNTS = (1, 4, 16, 64)
NFE = (2, 4, 8, 16)
SLICES = (6, 12, 24, 48)


def growth(model: Model, volume: Volume, click: Index, rounds: int) -> dict[str, dict[int, float]]:
    """Median seconds of an answer by samples, nfe, slices and region, each with all else as by default."""
    wide = replace(model, preset=replace(model.preset, region=model.preset.window))
    lesions = {slices: tall_lesion(slices) for slices in SLICES}
    asked = {
        "samples": {count: Work(lambda n=count: answer(model, volume, click, n), warm=False) for count in COUNTS},  # type: ignore[misc]
        "nfe": {nfe: Work(lambda n=nfe: answer(model, volume, click, nfe=n), warm=False) for nfe in NFE},  # type: ignore[misc]
        "slices": {slices: Work(lambda n=slices: answer(model, *lesions[n]), warm=False) for slices in SLICES},  # type: ignore[misc]
        "region": {one.preset.region: Work(lambda m=one: answer(m, volume, click), warm=False) for one in (model, wide)},  # type: ignore[misc]
    }
    flat = {f"{kind} {value}": work for kind, works in asked.items() for value, work in works.items()}
    taken: Mapping[str, Taken] = in_rounds(flat, rounds, "growth")
    return {kind: {value: taken[f"{kind} {value}"].median for value in works} for kind, works in asked.items()}
