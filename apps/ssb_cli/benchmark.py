"""The command `benchmark`: SSB++, SSB and their rivals on the same crops, in one run."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from ssb.benchmark.entries import recipes_for
from ssb.benchmark.plan import Plan, entries_of
from ssb.benchmark.run import benchmark
from ssb.benchmark.table import markdown, sheets_of
from ssb.device import resolve_device
from ssb.errors import InputError
from ssb.options import SEED
from ssb.presets import preset_named
from ssb.training import Schedule
from ssb_cli import speed
from ssb_cli.common import asked_crops, make_folder, whole_number

MOST_SAMPLES = 1000


def run(parsed: Namespace) -> None:
    """Train or load, score, write tables, figures and report, and print the first table; `speed` is `ssb_cli.speed`."""
    if parsed.what == "speed":
        speed.run(parsed)
        return
    if parsed.data is None:
        raise InputError("The option --data is missing: name the crops to compare on, or ask for `benchmark speed`, which needs none.")
    preset = preset_named(parsed.preset)
    names = None if parsed.methods is None else _words(parsed.methods, "--methods")
    recipes = recipes_for(preset.name, names)
    everywhere = () if parsed.everywhere is None else _words(parsed.everywhere, "--everywhere")
    plan = Plan(
        entries_of([recipe.name for recipe in recipes], everywhere),
        counts=_counts(parsed.samples),
        seed=int(SEED.check(parsed.seed)),
        subset=whole_number(parsed.subset, "--subset", 1, 1_000_000),
        limit=None if parsed.limit is None else whole_number(parsed.limit, "--limit", 1, 1_000_000),
        full=parsed.full,
        everywhere=everywhere,
    )
    schedule = Schedule(
        steps=whole_number(parsed.steps, "--steps", 1, 10_000_000),
        batch=whole_number(parsed.batch, "--batch", 1, 4096),
        seed=plan.seed,
    )
    device = resolve_device(parsed.device)
    if parsed.split == "train":
        raise InputError("The split is 'train', but the methods are trained on it: give val or test.")
    crops = asked_crops(parsed, parsed.split, preset)
    make_folder(parsed.out)
    try:
        outcome = benchmark(crops, lambda: asked_crops(parsed, "train", preset), plan, recipes, preset.name, schedule, parsed.out, device)
    except KeyboardInterrupt:
        print(f"What is done is saved in {parsed.out}: the same command goes on from there.", file=sys.stderr)
        raise
    print(markdown(sheets_of(outcome)[0]))
    print(f"Written to {_listed(parsed.out)}")


def _words(text: str, option: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(","))
    if not all(words):
        raise InputError(f"The option {option} is '{text}', but it must be names with commas between them.")
    return words


def _counts(text: str) -> tuple[int, ...]:
    return tuple(sorted({whole_number(word, "--samples", 2, MOST_SAMPLES) for word in _words(text, "--samples")}))


def _listed(out: Path) -> str:
    return ", ".join(str(out / name) for name in ("benchmark.md", "benchmark.json", "report.html"))
