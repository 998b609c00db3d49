"""The command `retrain`: a site's annotations make a version of the model, without the server."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from functools import partial

import torch

from ssb.device import resolve_device
from ssb.retraining.plan import read_plan
from ssb.retraining.site import Site, retrain
from ssb_app.images import read_image
from ssb_app.studies import open_any
from ssb_cli.common import asked_versions, make_folder


def run(parsed: Namespace) -> None:
    """Cut, train, judge, and say what became of the model."""
    asked = {name: getattr(parsed, name) for name in ("raters", "minutes", "epochs", "validation", "freeze", "batch", "seed")}
    plan = read_plan({**asked, "learning_rate": parsed.rate})
    device, versions = resolve_device(parsed.device), asked_versions(parsed)
    store = open_any(parsed.studies, parsed.annotations)
    make_folder(parsed.out)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("ignite").setLevel(logging.WARNING)
    processes = max(1, torch.cuda.device_count()) if device == "cuda" else 1
    site = Site(store.annotations, partial(read_image, store), parsed.out, versions, parsed.checkpoint)
    version = retrain(site, parsed.checkpoint or versions.newest_shipped().checkpoint, plan, device, processes)
    if version is None:
        raise KeyboardInterrupt
    print(f"Version {version.name}: {version.reason}")
