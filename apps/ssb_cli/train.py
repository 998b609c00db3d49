"""The command `train`: a checkpoint from several raters' masks, those of the training split alone."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace

import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import load_model
from ssb.device import resolve_device
from ssb.errors import InputError
from ssb.losses import NEAREST
from ssb.options import RATE, SEED
from ssb.presets import preset_named
from ssb.thresholds import SPREAD
from ssb.training import Schedule, train
from ssb_cli.common import asked_crops, make_folder, whole_number

MOST_STEPS = 50


def run(parsed: Namespace) -> None:
    """Train, or go on with the run that OUT holds; Ctrl-C saves first."""
    device = resolve_device(parsed.device)
    start = load_model(parsed.start, device) if parsed.start else None
    preset = start.preset if start else preset_named(parsed.preset)
    if parsed.path is not None:
        if start is None:
            raise InputError("The option --path needs --from: the whole path is learnt by a bridge that was trained before.")
        if (preset.target, preset.condition) != ("mask", "rank"):
            told = f"The option --path needs a bridge that predicts the mask at a rank, but {start.name} does not"
            raise InputError(f"{told}: choose another checkpoint.")
        steps = whole_number(parsed.path, "--path", 1, MOST_STEPS)
        preset = replace(preset, loss="path", nfe=steps, guidance=0.0, threshold_spread=SPREAD, nearest_weight=NEAREST)
    schedule = Schedule(
        steps=whole_number(parsed.steps, "--steps", 1, 10_000_000),
        batch=whole_number(parsed.batch, "--batch", 1, 4096),
        rate=RATE.check(parsed.rate),
        seed=int(SEED.check(parsed.seed)),
    )
    crops = asked_crops(parsed, None if parsed.data.startswith("phantom:") else "train", preset)
    torch.manual_seed(schedule.seed)
    method = BridgeMethod(preset).to(device)
    if start:
        method.network.load_state_dict(start.network.state_dict())
    make_folder(parsed.out)
    try:
        name = parsed.name or f"{preset.name}-new"
        path = train(crops, method, schedule, parsed.out, name=name, started_from=start.name if start else None)
    except KeyboardInterrupt:
        print(f"The state is saved in {parsed.out}: the same command goes on from there.", file=sys.stderr)
        raise
    print(f"Checkpoint: {path}")
