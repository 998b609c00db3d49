"""What each lever of the sampler's speed brings: one is taken away, everything else stays.

    .venv/bin/python benchmarks/levers.py -o OUT [--data LIDC] [--rounds 5] [--crops 200]

Time: 16 samples of the lesion of 24 slices that `main.py benchmark speed` takes, every variant once a round, medians and ratios within a
round. With --data also GED16 on the same random crops of the validation split, for the variants whose masks are others. The compiled
network is timed after its compilation. Writes OUT/levers.json and OUT/levers.md.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

import torch  # noqa: E402
from torch import nn  # noqa: E402

from ssb import growing, lesion, sampling  # noqa: E402
from ssb.atomic import replaced  # noqa: E402
from ssb.bridge_method import BridgeMethod  # noqa: E402
from ssb.checkpoint import Model, load_model  # noqa: E402
from ssb.datasets.lidc import LidcCrops  # noqa: E402
from ssb.evaluation import evaluate  # noqa: E402
from ssb.options import Options  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402
from ssb.slices import View  # noqa: E402
from ssb.speed.lesion import tall_lesion  # noqa: E402
from ssb.speed.report import SLICES, machine  # noqa: E402
from ssb.speed.rounds import Work, in_rounds, ratio  # noqa: E402
from ssb.speed.works import SAMPLES, answer  # noqa: E402

SHIPPED = "as shipped"


@dataclass(frozen=True)
class Lever:
    """A way to sample without one lever. patches: (object, name, value) that hold meanwhile; scored: its masks are others."""

    model: Model
    patches: tuple[tuple[Any, str, Any], ...] = ()
    scored: bool = False

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        """The sampler without the lever."""
        with ExitStack() as stack:
            for where, name, value in self.patches:
                stack.enter_context(patch.object(where, name, value))
            yield


def levers(model: Model, teacher: Model) -> dict[str, Lever]:
    """All variants of `model`; teacher: the checkpoint of many evaluations that it learnt from."""
    plain = replace(model, network=copy.deepcopy(model.network).to(memory_format=torch.contiguous_format))
    wide = replace(model, preset=replace(model.preset, region=model.preset.window))
    compiled = replace(model, network=_compiled(model.network))
    own_ranks = ((sampling, "FIRST_RANKS", SAMPLES), (sampling, "between", _nearest))
    nothing_ahead = (growing.Growth, "look", lambda growth, slices: None)
    every_time = (growing.Growth, "view", lambda growth, k: View(growth.region.window(k)))
    return {
        SHIPPED: Lever(model),
        f"{teacher.name}: {teacher.preset.nfe} evaluations, guidance {teacher.preset.guidance:g}": Lever(teacher, scored=True),
        f"first evaluation at {SAMPLES} ranks, each sample at the nearest": Lever(model, own_ranks, scored=True),
        "every batch looks at the image anew": Lever(model, (nothing_ahead, every_time)),
        "slices looked at one after the other": Lever(model, (nothing_ahead,)),
        "one sample a batch": Lever(model, ((lesion, "batches", _single),)),
        "4, 8 and 16 samples a batch": Lever(model, ((lesion, "batches", _doubled),)),
        "dead samples evaluated to the end": Lever(model, ((sampling, "DEAD", -1.0),), scored=True),
        f"whole window of {model.preset.window} pixels": Lever(wide, scored=True),
        "weights not channels last": Lever(plain),
        "network compiled by torch.compile": Lever(compiled),
    }


def _nearest(values: torch.Tensor, ranks: torch.Tensor) -> torch.Tensor:
    return values[torch.arange(len(values)), (ranks * (values.shape[1] - 1)).round().long()]


def _single(samples: int, each: int) -> list[slice]:
    return [slice(n, n + 1) for n in range(samples * each)]


def _doubled(samples: int, each: int) -> list[slice]:
    count = samples * each
    stops = [min(4 << step, count) for step in range(count) if 2 << step < count]
    return [slice(start, stop) for start, stop in zip([0, *stops], stops, strict=False)]


def _compiled(network: nn.Module) -> Any:
    found = copy.deepcopy(network)
    found.compile(dynamic=True)
    return found


def main() -> None:
    """Time all variants, score those whose masks are others, write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--crops", type=int, default=200)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    model, teacher = load_model(shipped_checkpoint()), load_model(ROOT / "model" / "lung_nodule_ct-2.safetensors")
    found = levers(model, teacher)
    volume, click = tall_lesion(SLICES)

    def run(lever: Lever) -> Callable[[], object]:
        def once() -> object:
            with lever.taken_away():
                return answer(lever.model, volume, click)

        return once

    taken = in_rounds({name: Work(run(lever)) for name, lever in found.items()}, asked.rounds, "levers")
    rows = {name: {"seconds": one.median, "times": ratio(taken, name, SHIPPED)} for name, one in taken.items()}
    if asked.data is not None:
        val = LidcCrops(asked.data, "val")
        for name, lever in found.items():
            if lever.scored or name == SHIPPED:
                rows[name]["ged_16"] = _ged(lever, val, asked.crops)
    lines = ["| one lever taken away | seconds | times | GED16 |", "|---|---|---|---|"]
    for name, row in rows.items():
        ged = f"{row['ged_16']:.4f}" if "ged_16" in row else ""
        lines.append(f"| {name} | {row['seconds']:.2f} | {row['times']:.2f} | {ged} |")
    with replaced(asked.out / "levers.md") as path:
        path.write_text("\n".join(lines) + "\n")
    with replaced(asked.out / "levers.json") as path:
        path.write_text(json.dumps({**machine(model), "rounds": asked.rounds, "crops": asked.crops, "levers": rows}, indent=2) + "\n")
    print("\n".join(lines))


def _ged(lever: Lever, val: LidcCrops, crops: int) -> float:
    preset = lever.model.preset
    options = Options(samples=SAMPLES, nfe=preset.nfe, guidance=preset.guidance, seed=0)
    with lever.taken_away():
        return evaluate(BridgeMethod(preset, lever.model.network), val, options, crops, name="levers").means()["ged_16"]


if __name__ == "__main__":
    main()
