"""Model folders for tests: tiny checkpoints, verdicts, and what a version needs."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile
from typing import Any

import torch

from ssb.checkpoint import load_model, save_model
from ssb.gate import Verdict

FACTS = {"raters": ["ann", "bob", "cy"], "images": ["a", "b"], "epochs": 3}
REPORT: dict[str, Any] = {
    "old": "lung_nodule_ct-1",
    "new": "tuned",
    "images": 4,
    "crops": 9,
    "measures": {
        "ged": {
            "title": "GED",
            "old": 0.31,
            "new": 0.25,
            "difference": -0.06,
            "interval": [-0.08, -0.04],
            "images": 4,
            "not_worse": True,
        },
        "d_ddi": {"title": "D_DDI", "old": None, "new": None, "difference": None, "interval": None, "images": 0, "not_worse": True},
    },
}
PASSED = Verdict(True, "Not worse on 4 held-out images.", REPORT)
REFUSED = Verdict(False, "Worse on 4 held-out images: GED 0.310 -> 0.900.", {**REPORT, "measures": {}})


def make_model_folder(folder: Path, checkpoint: Path) -> Path:
    """A folder whose only version is the shipped lung_nodule_ct-1, a copy of `checkpoint`; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    copyfile(checkpoint, folder / "lung_nodule_ct-1.safetensors")
    return folder


def changed_copy(checkpoint: Path, path: Path) -> Path:
    """The model of `checkpoint` with other weights, whose masks differ, at `path`; returns it."""
    model = load_model(checkpoint)
    with torch.no_grad():
        for name, parameter in model.network.named_parameters():
            if name.startswith("head.2"):
                parameter.mul_(-1)
    save_model(path, model.network, model.preset, "tuned")
    return path
