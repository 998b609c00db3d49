"""How much a click off centre, another pixel spacing or another intensity range costs.

    .venv/bin/python benchmarks/robustness.py --data LIDC -o OUT [--split test] [--crops 200]

The same crops with their raters' masks are moved, zoomed or rescaled before the shipped checkpoint sees them, as a click beside the
lesion, a scanner with other pixels, or a window that holds more bone or less air would do. Writes OUT/robustness.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

import numpy as np  # noqa: E402
from scipy import ndimage  # noqa: E402

from ssb.atomic import replaced  # noqa: E402
from ssb.datasets.crops import Crop  # noqa: E402
from ssb.datasets.lidc import LidcCrops  # noqa: E402
from ssb.evaluation import evaluate  # noqa: E402
from ssb.options import Options  # noqa: E402
from ssb.rivals import load_method  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402

SAMPLES = 16
Change = Callable[[Crop], Crop]


@dataclass(frozen=True)
class Changed:
    """A split whose crops are changed when they are read."""

    crops: LidcCrops
    change: Change

    @property
    def split(self) -> str:
        return self.crops.split

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, index: int) -> Crop:
        return self.change(self.crops[index])


def moved(distance: int) -> Change:
    """The click `distance` pixels beside the middle, in a direction that the crop's place in its nodule chooses."""

    def change(crop: Crop) -> Crop:
        angle = 2.4 * crop.slice_index
        offset = np.round([distance * np.sin(angle), distance * np.cos(angle)])
        image = ndimage.shift(crop.image, offset, order=0, mode="nearest")
        return replace(crop, image=image, masks=ndimage.shift(crop.masks.astype(np.uint8), (0, *offset), order=0).astype(bool))

    return change


def zoomed(factor: float) -> Change:
    """Every pixel 1 / factor as wide as it was."""

    def change(crop: Crop) -> Crop:
        middle = (crop.image.shape[0] - 1) / 2
        start = middle * (1 - 1 / factor)

        def zoom(array: np.ndarray) -> np.ndarray:
            return ndimage.affine_transform(array.astype(np.float32), [1 / factor] * 2, start, order=1, mode="nearest")

        image = np.round(zoom(crop.image)).astype(np.uint8)
        return replace(crop, image=image, masks=np.stack([zoom(mask) > 0.5 for mask in crop.masks]))

    return change


def rescaled(low: float, gain: float) -> Change:
    """Grey levels low + gain x, cut to 0..255: what another minimum or maximum in the window makes of them."""

    def change(crop: Crop) -> Crop:
        return replace(crop, image=np.clip(low + gain * crop.image, 0, 255).round().astype(np.uint8))

    return change


CONDITIONS: dict[str, Change] = {
    "as they are": lambda crop: crop,
    **{f"click {distance} pixels off": moved(distance) for distance in (2, 4, 6, 8)},
    **{f"pixels {1 / factor:.2f} times as wide": zoomed(factor) for factor in (1.25, 0.8, 0.7)},
    "grey levels x 0.8": rescaled(0, 0.8),
    "grey levels x 1.2": rescaled(0, 1.2),
    "grey levels + 13": rescaled(13, 1 - 13 / 255),
}


def main() -> None:
    """Score every condition on the same crops."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--crops", type=int, default=200)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    method, crops = load_method(shipped_checkpoint(), "cpu"), LidcCrops(asked.data, asked.split)
    options = Options(samples=SAMPLES, nfe=method.preset.nfe, guidance=method.preset.guidance, seed=0)
    found = {}
    for name, change in CONDITIONS.items():
        scored = evaluate(method, Changed(crops, change), options, asked.crops, name=name)
        found[name] = {**scored.means(), "intervals": scored.intervals()}
        print(f"{name:28} GED16 {found[name]['ged_16']:.4f}  HM-IoU {found[name]['hm_iou_16']:.4f}  D_max {found[name]['d_max_16']:.4f}")
    asked.out.mkdir(parents=True, exist_ok=True)
    with replaced(asked.out / "robustness.json") as path:
        path.write_text(json.dumps({"split": asked.split, "crops": asked.crops, "samples": SAMPLES, "conditions": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
