"""LIDC nodules through the running server, beside `evaluate` on the same crops.

    .venv/bin/python benchmarks/nodules_through_server.py --data DIR -o OUT

Each nodule's stack of crops becomes a NIfTI file and a DICOM series with its spacing; the stock client clicks on its centre and asks
for all samples. Printed, and written to OUT/nodules.json: GED a slice against the four raters through the server (NIfTI, DICOM) and from
`evaluate` with the same draws, and the slice-to-slice IoU of the samples and of the raters. DIR is laid out as `ssb.datasets.lidc` says.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pydicom

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

from monailabel.client import MONAILabelClient  # noqa: E402 (needs the path above)
from tqdm import tqdm  # noqa: E402

from ssb.atomic import replaced  # noqa: E402
from ssb.bridge_method import BridgeMethod  # noqa: E402
from ssb.checkpoint import load_model  # noqa: E402
from ssb.datasets.crops import Crop  # noqa: E402
from ssb.datasets.lidc import Nodule, iter_nodules  # noqa: E402
from ssb.evaluation import CropSampler, nodule_seed  # noqa: E402
from ssb.metrics import ged, slice_iou  # noqa: E402
from ssb.options import Options  # noqa: E402
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd  # noqa: E402
from ssb.shipped import shipped_checkpoint  # noqa: E402
from ssb.volumes import Volume, write_dicom_series, write_nifti  # noqa: E402
from ssb_app.server_process import running_server  # noqa: E402

SEED = 0


def chosen_nodules(data: Path, count: int) -> list[Nodule]:
    """A seeded choice of test nodules whose spacing is known and that have at least two slices."""
    usable = [n for n in iter_nodules(data, "test") if len(n.images) > 1 and np.isfinite([n.spacing_mm, n.thickness_mm]).all()]
    return [usable[index] for index in sorted(np.random.default_rng(SEED).permutation(len(usable))[:count])]


def write_studies(nodules: list[Nodule], folder: Path) -> dict[str, str]:
    """Each nodule as <name>.nii.gz and as a DICOM series, axes column, row, slice; returns the series UIDs, the image ids."""
    series = {}
    for nodule in nodules:
        volume = Volume(nodule.images.transpose(2, 1, 0).astype(np.int16), grid_of(nodule), nodule.name)
        write_nifti(folder / f"{nodule.name}.nii.gz", volume.array, volume.affine)
        files = write_dicom_series(volume, folder / f"{nodule.name}-dicom", seed_uid=nodule.name)
        series[nodule.name] = str(pydicom.dcmread(next(files.iterdir()), stop_before_pixels=True).SeriesInstanceUID)
    return series


def grid_of(nodule: Nodule) -> np.ndarray:
    """The affine (4, 4) of a nodule's stack: its spacing, and nothing else is known."""
    return np.diag([nodule.spacing_mm, nodule.spacing_mm, nodule.thickness_mm, 1.0])


def ask(client: MONAILabelClient, image: str, nodule: Nodule, options: Options) -> np.ndarray:
    """The samples of a click on the centre, (N, S, row, column) bool."""
    params = {"foreground": [[64, 64, len(nodule.images) // 2]], "samples": options.samples, "nfe": options.nfe}
    params |= {"seed": nodule_seed(SEED, nodule.name), "show": "all samples", "result_extension": ".seg.nrrd"}
    file, _ = client.infer("ssbpp", image, params)
    shape = (nodule.images.shape[2], nodule.images.shape[1], nodule.images.shape[0])
    segments = {segment.name: segment for segment in read_seg_nrrd(Path(file), grid_of(nodule), shape)}
    samples = np.stack([segments[f"sample {n}"].on_grid(shape) for n in range(1, options.samples + 1)])
    return samples.transpose(0, 3, 2, 1)


def mean_ged(samples: np.ndarray, nodule: Nodule) -> list[float]:
    """GED of every slice."""
    return [ged(samples[:, s], nodule.masks[:, s]) for s in range(len(nodule.images))]


def evaluated(sampler: CropSampler, nodule: Nodule) -> np.ndarray:
    """What `evaluate` samples on the nodule's crops, (N, S, row, column) bool."""
    crops = [Crop(nodule.name, nodule.patient, s, nodule.images[s], nodule.masks[:, s]) for s in range(len(nodule.images))]
    return np.stack([sampler.masks(crop) for crop in crops], axis=1)


def stack_iou(masks: np.ndarray) -> list[float]:
    """Slice-to-slice IoU of each mask (n, S, row, column) that has any."""
    values = slice_iou(masks.transpose(0, 3, 2, 1))
    return [float(v) for v in values if np.isfinite(v)]


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--nodules", type=int, default=20)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    checkpoint = shipped_checkpoint()
    model = load_model(checkpoint)
    options = Options(asked.samples, model.preset.nfe, model.preset.guidance, SEED)
    nodules = chosen_nodules(asked.data, asked.nodules)
    sampler = CropSampler(BridgeMethod(model.preset, model.network), options.samples, options.nfe, options.seed)
    geds: dict[str, list[float]] = {"nifti": [], "dicom": [], "evaluate": []}
    ious: dict[str, list[float]] = {"samples": [], "raters": []}
    with tempfile.TemporaryDirectory() as folder:
        series = write_studies(nodules, Path(folder))
        with running_server(Path(folder), asked.out / "server.log", checkpoint) as address:
            client = MONAILabelClient(address)
            for nodule in tqdm(nodules, unit="nodule"):
                through_nifti = ask(client, nodule.name, nodule, options)
                geds["nifti"] += mean_ged(through_nifti, nodule)
                geds["dicom"] += mean_ged(ask(client, series[nodule.name], nodule, options), nodule)
                geds["evaluate"] += mean_ged(evaluated(sampler, nodule), nodule)
                ious["samples"] += stack_iou(through_nifti)
                ious["raters"] += stack_iou(nodule.masks)
    result = {"checkpoint": model.name, "nodules": len(nodules), "slices": len(geds["evaluate"]), "samples": options.samples}
    result |= {"nfe": options.nfe, **{f"ged_{key}": float(np.mean(values)) for key, values in geds.items()}}
    result |= {f"slice_iou_{key}": float(np.mean(values)) for key, values in ious.items()}
    with replaced(asked.out / "nodules.json") as path:
        path.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
