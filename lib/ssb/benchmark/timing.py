"""How long each entry takes for one crop, measured in turns so that what else the machine does strikes all alike."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ssb.atomic import replaced
from ssb.benchmark.entries import Entry
from ssb.method import Method
from ssb.representatives import representatives

SAMPLES = 16
ROUNDS = 3


def median_seconds(methods: Mapping[str, Method], entries: Sequence[Entry], image: Tensor, store: Path, identity: str) -> dict[str, float]:
    """Median seconds of 16 samples of one image (1, 1, H, W), by the entry's key, over 3 rounds that take every entry once.

    Each method draws one sample before the first round, untimed. The file `store` keeps the figures of one `identity`, device and
    number of threads; what was measured otherwise, or for other entries, is measured again.
    """
    keys = [entry.key for entry in entries]
    here = {"identity": identity, "threads": torch.get_num_threads(), "device": str(image.device)}
    if store.is_file():
        kept = json.loads(store.read_text())
        if all(kept.get(key) == value for key, value in here.items()) and sorted(kept["seconds"]) == sorted(keys):
            return kept["seconds"]
    for name, method in methods.items():
        method.draw(image, 1, 0, min((entry.nfe for entry in entries if entry.method == name), default=1))
    taken: dict[str, list[float]] = {key: [] for key in keys}
    with tqdm(total=ROUNDS * len(entries), desc="timing", unit="draw") as bar:
        for _ in range(ROUNDS):
            for entry in entries:
                started = time.perf_counter()
                _masks(methods[entry.method], image, entry.nfe)
                taken[entry.key].append(time.perf_counter() - started)
                bar.update()
    seconds = {key: float(np.median(times)) for key, times in taken.items()}
    with replaced(store) as path:
        path.write_text(json.dumps({**here, "rounds": ROUNDS, "samples": SAMPLES, "seconds": seconds}, indent=2) + "\n")
    return seconds


def _masks(method: Method, image: Tensor, nfe: int) -> np.ndarray:
    """16 samples, chosen from their candidates."""
    each = method.candidates(nfe)
    candidates = method.draw(image, SAMPLES * each, 0, nfe).numpy() > 0.5
    return candidates[representatives(candidates, SAMPLES, each)]
