"""One benchmark from crops to files: train or load, time, score, compare, draw, write."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from ssb.atomic import replaced
from ssb.benchmark.contenders import Contender, contenders
from ssb.benchmark.curves import draw_ged_curves, draw_reliability
from ssb.benchmark.entries import Recipe, title_of
from ssb.benchmark.gallery import draw_disagreement, draw_gallery, drawn, shown_crops, shown_entries
from ssb.benchmark.outcome import Outcome, sections_of
from ssb.benchmark.plan import Plan
from ssb.benchmark.report import write_html, write_markdown
from ssb.benchmark.results import columns_of
from ssb.benchmark.scoring import data_identity, score_entry
from ssb.benchmark.table import sheets_of
from ssb.benchmark.timing import median_seconds
from ssb.datasets.crops import CropSet
from ssb.errors import InputError
from ssb.evaluation import crop_region
from ssb.training import Schedule


def benchmark(
    crops: CropSet,
    read_train: Callable[[], CropSet],
    plan: Plan,
    recipes: Sequence[Recipe],
    preset: str,
    schedule: Schedule,
    out: Path,
    device: str,
) -> Outcome:
    """Compare the methods of `recipes` on `crops` and write everything into the existing folder `out`; started again it goes on.

    read_train: gives the training split, whose patients must not be among those of `crops` (else an InputError). preset: the task's.
    Writes methods/<name>/<name>.safetensors, scores/<entry>.json, timing.json, benchmark.json, benchmark.md, figures/*.png, report.html.
    """

    def checked_train() -> CropSet:
        found = read_train()
        shared = set(found.patients) & set(crops.patients)
        if shared:
            raise InputError(f"The training split shares {len(shared)} patients with the split {crops.split}: choose a split without them.")
        return found

    ready = contenders(recipes, preset, schedule, checked_train, out, device)
    methods = {name: found.method for name, found in ready.items()}
    data = data_identity(crops)
    subset = plan.subset_crops(len(crops))
    first = next(iter(methods.values()))
    region = crop_region(crops[int(subset[0])], first)
    edge = (first.preset.window - first.preset.region) // 2
    middle = slice(edge, edge + first.preset.region)
    image = torch.from_numpy(region.window(0)[middle, middle].copy())[None, None].to(device)
    identity = " ".join([data, *(found.fingerprint for found in ready.values())])
    seconds = median_seconds(methods, plan.entries, image, out / "timing.json", identity)
    (out / "scores").mkdir(exist_ok=True)
    scores = {
        entry.key: score_entry(
            methods[entry.method],
            entry.nfe,
            plan.counts_of(entry),
            plan.seed,
            crops,
            plan.crops_of(entry, len(crops)),
            out / "scores" / f"{entry.key}.json",
            f"{ready[entry.method].fingerprint} {data}",
            title_of(entry),
        )
        for entry in plan.entries
    }
    sections = sections_of(plan, crops, scores)
    outcome = Outcome(plan, columns_of(plan), ready, scores, sections, seconds, crops.split, device, torch.get_num_threads())
    _write(outcome, ready, crops, out)
    return outcome


def _write(outcome: Outcome, ready: dict[str, Contender], crops: CropSet, out: Path) -> None:
    figures, sheets = _figures(outcome, ready, crops, out / "figures"), sheets_of(outcome)
    with replaced(out / "benchmark.json") as path:
        path.write_text(json.dumps(outcome.as_dict(), indent=2) + "\n")
    with replaced(out / "report.html") as path:
        write_html(outcome, sheets, figures, path)
    with replaced(out / "benchmark.md") as path:
        write_markdown(outcome, sheets, [(Path(figure.parent.name) / figure.name, caption) for figure, caption in figures], path)


def _figures(outcome: Outcome, ready: dict[str, Contender], crops: CropSet, folder: Path) -> list[tuple[Path, str]]:
    """Draw all figures; returns their paths with their captions."""
    folder.mkdir(exist_ok=True)
    plan, methods = outcome.plan, {name: found.method for name, found in ready.items()}
    title = outcome.columns[0].title
    draw_ged_curves(outcome, folder / "ged_nfe.png", folder / "ged_time.png")
    found = [
        (folder / "ged_nfe.png", f"{title} against network evaluations a sample, on the subset."),
        (folder / "ged_time.png", f"{title} against the time for 16 samples of one crop, on the subset."),
    ]
    entries = shown_entries(plan.entries)
    draw_reliability(outcome, entries, folder / "reliability.png")
    found.append(
        (folder / "reliability.png", "Reliability: where so many samples cover a voxel, how many raters do; the dashed line is perfect.")
    )
    shown = [crops[index] for index in shown_crops(crops, plan.subset_crops(len(crops)), plan.seed)]
    samples = [drawn(methods, entries, crop, plan.seed) for crop in shown]
    for number, (crop, masks) in enumerate(zip(shown, samples, strict=True), start=1):
        path = folder / f"gallery_{number}.png"
        draw_gallery(crop, entries, masks, path)
        found.append((path, f"{crop.nodule}, slice {crop.slice_index}: the raters' outlines, and the first eight samples of each method."))
    if shown:
        draw_disagreement(shown, entries, samples, folder / "disagreement.png")
        found.append((folder / "disagreement.png", "Disagreement in bits: the raters', and that of 16 samples of each method."))
    return found
