"""The raw DICOM series of LIDC-IDRI-0001 beside its four radiologists.

    .venv/bin/python benchmarks/lidc_0001.py --series DIR --reading XML -o OUT

Samples 16 masks at a click on the nodule (DIR: the DICOM series, XML: its original reading), writes what `main.py sample` writes, and
prints GED and the consensus' Dice against the four radiologists' contours, and the volume's interval beside their volumes. The patient
is in the training split: this proves the road, not the quality.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

from ssb.atomic import replaced  # noqa: E402
from ssb.checkpoint import load_model  # noqa: E402 (needs the path above)
from ssb.datasets.contours import group_nodules, read_lidc_xml  # noqa: E402
from ssb.lesion import sample_lesion  # noqa: E402
from ssb.measurements import measure, voxel_ml  # noqa: E402
from ssb.metrics import dice_matrix, ged, slice_iou  # noqa: E402
from ssb.outputs.result import write_result  # noqa: E402
from ssb.plausible import Request  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402
from ssb.volumes import read_volume  # noqa: E402

CLICK = (317, 366, 30)


def main() -> None:
    """Sample, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=Path, required=True)
    parser.add_argument("--reading", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    volume = read_volume(asked.series)
    (lesion,) = group_nodules(read_lidc_xml(asked.reading, volume))
    raters = np.stack([nodule.on_grid() for nodule in lesion if nodule is not None])
    model = load_model(shipped_checkpoint())
    found = sample_lesion(volume, Request(CLICK, 16, model.preset.nfe, model.preset.guidance, 0), model)
    write_result(volume, found, asked.out)
    samples = np.stack([found.on_grid(mask) for mask in found.masks])
    measured = measure(found)
    result = {
        "checkpoint": model.name,
        "click": CLICK,
        "seconds": round(found.seconds, 1),
        "ged_16": ged(samples, raters),
        "consensus_dice": dice_matrix(found.on_grid(found.consensus)[None], raters)[0].tolist(),
        "raters_pairwise_dice": float(dice_matrix(raters, raters)[np.triu_indices(len(raters), k=1)].mean()),
        "volume_ml": measured.as_dict()["volume_ml"],
        "raters_volume_ml": [float(mask.sum() * voxel_ml(volume.affine)) for mask in raters],
        "slice_iou_samples": float(np.nanmean(slice_iou(samples))),
        "slice_iou_raters": float(np.nanmean(slice_iou(raters))),
    }
    with replaced(asked.out / "against_raters.json") as path:
        path.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
