"""The whole of a speed benchmark, as numbers and as tables."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import torch

from ssb.atomic import replaced
from ssb.benchmark.table import Cell, Sheet, markdown
from ssb.checkpoint import Model
from ssb.speed.growth import growth
from ssb.speed.lesion import tall_lesion
from ssb.speed.parts import parts
from ssb.speed.rounds import MB, in_rounds, peak_memory, ratio
from ssb.speed.works import DIFFUSION_NFE, FIRST, MANY_NFE, SAMPLES, answer, slices_of, works

SLICES = 24

TITLES = {
    "unet": "U-Net, one pass over the same slices",
    "ssbpp": f"SSB++, {SAMPLES} samples",
    "first": f"SSB++, first consensus ({FIRST} samples)",
    f"ssbpp-{MANY_NFE}": f"SSB++, {SAMPLES} samples with {MANY_NFE} evaluations",
    **{f"diffusion-{nfe}": f"Diffusion, {SAMPLES} samples with {nfe} evaluations (20 on one slice measured)" for nfe in DIFFUSION_NFE},
}
Server = Mapping[str, float]


def machine(model: Model) -> dict[str, Any]:
    """What the figures were measured on."""
    name = torch.cuda.get_device_name(model.device) if model.device.type == "cuda" else _processor()
    return {"device": str(model.device), "name": name, "threads": torch.get_num_threads(), "torch": torch.__version__}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def measure(model: Model, rounds: int, folder: Path) -> dict[str, Any]:
    """Everything but the server: contenders, growth, the parts that are not the network's, memory. `folder` takes files of the moment."""
    volume, click = tall_lesion(SLICES)
    found = answer(model, volume, click)
    with peak_memory() as peak:
        answer(model, volume, click)
    memory = {"sampling, MB above idle": round(peak.above, 1)}
    if model.device.type == "cuda":
        memory["on the GPU, MB"] = round(torch.cuda.max_memory_allocated(model.device) / MB, 1)
    taken = in_rounds(works(model, volume, click), rounds, "contenders")
    contenders = {
        name: {"seconds": one.median, "rounds": one.seconds, "passes": ratio(taken, name, "unet"), "of_ssbpp": ratio(taken, name, "ssbpp")}
        for name, one in taken.items()
    }
    return {
        **machine(model),
        "checkpoint": model.name,
        "nfe": model.preset.nfe,
        "guidance": model.preset.guidance,
        "slices": slices_of(found),
        "rounds": rounds,
        "load": [round(value, 1) for value in psutil.getloadavg()],
        "contenders": contenders,
        "growth": growth(model, volume, click, rounds),
        "parts": parts(model, volume, click, rounds, folder),
        "memory": memory,
    }


def write(found: Mapping[str, Any], out: Path) -> str:
    """OUT/speed.json and OUT/speed.md; returns the text of the latter."""
    text = "\n".join(markdown(sheet) for sheet in sheets(found))
    with replaced(out / "speed.json") as path:
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    with replaced(out / "speed.md") as path:
        path.write_text(text, encoding="utf-8")
    return text


def sheets(found: Mapping[str, Any]) -> list[Sheet]:
    """The tables."""
    contenders = [
        _row(TITLES[name], _seconds(one["seconds"]), f"{one['passes']:.1f}", f"{one['of_ssbpp']:.2f}")
        for name, one in found["contenders"].items()
    ]
    grown = [
        _row(f"{value} {kind}" if kind != "region" else f"region {value} x {value}", _seconds(seconds))
        for kind, values in found["growth"].items()
        for value, seconds in values.items()
    ]
    note = (
        f"{found['name']}, {found['device']}, {found['threads']} threads; {found['checkpoint']}, {found['nfe']} evaluations a sample, "
        f"guidance {found['guidance']:g}; {found['slices']} slices sampled; medians of {found['rounds']} rounds in turns, ratios within "
        "a round."
    )
    tables = [
        Sheet("A lesion of 24 slices", ("", "seconds", "passes of the U-Net", "of SSB++"), tuple(contenders), note),
        Sheet("Growth", ("", "seconds"), tuple(grown)),
        Sheet("Beside the network", ("", "seconds"), tuple(_row(name, _seconds(value)) for name, value in found["parts"].items())),
        Sheet("Memory", ("", "MB"), tuple(_row(name, f"{value:g}") for name, value in found["memory"].items())),
    ]
    if found.get("server"):
        tables.insert(1, Sheet("Through the server", ("", "seconds"), tuple(_row(n, _seconds(v)) for n, v in found["server"].items())))
    return tables


def _row(*texts: str) -> tuple[Cell, ...]:
    return tuple(Cell(text) for text in texts)


def _seconds(value: float) -> str:
    return f"{value:.3g}"
