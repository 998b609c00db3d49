"""A result as DICOM, read back by programs that are not ours, and drawn over the CT.

    .venv/bin/python main.py sample SERIES --point I,J,K -o RESULT
    .venv/bin/python benchmarks/dicom_results.py --series SERIES --result RESULT -o OUT

Exports RESULT, compares what dciodvfy says of the objects with what it says of the source's slices, converts the objects with dcmqi,
puts them on the CT that SimpleITK reads from SERIES, and counts the voxels in which they differ from RESULT's own files. Times the same
export beside a made series of 512 x 512 x 120 with 16 samples. Writes OUT/dicom_results.json and OUT/dicom_results.png.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib
import numpy as np
import SimpleITK as sitk

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps")]

from ssb.atomic import replaced  # noqa: E402 (needs the path above)
from ssb.outputs.dicom_results import write_objects  # noqa: E402
from ssb.outputs.result_reader import read_result  # noqa: E402
from ssb.plausible import Box, Request, SampleSet  # noqa: E402
from ssb.volumes import Volume, read_volume, write_dicom_series  # noqa: E402
from ssb.volumes.dicom_source import SourceSeries  # noqa: E402

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402 (after its backend)

BIN = Path(sys.executable).parent
MARGIN = 28


def main() -> None:
    """Export, check, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=Path, required=True)
    parser.add_argument("--result", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    sample_set, series_uid = read_result(asked.result)
    files, seconds = export(sample_set, SourceSeries.read(asked.series, series_uid), asked.out)
    image = read_with_simpleitk(asked.series, series_uid)
    segments, disagreement = converted(files, image)
    result = {
        "series": list(image.GetSize()),
        "samples": len(sample_set.masks),
        "seconds": seconds,
        "kilobytes": {file.name: round(file.stat().st_size / 1000, 1) for file in files},
        "dciodvfy_errors": {file.name: dciodvfy(file) for file in files},
        "dciodvfy_errors_of_the_source": sorted({line for file in asked.series.glob("*.dcm") for line in dciodvfy(file)}),
        "voxels_that_differ": differences(sample_set, segments, disagreement, asked.result),
        "made_512_512_120": timed_on_a_large_series(),
    }
    draw(image, segments, disagreement, sample_set, asked.out / "dicom_results.png")
    with replaced(asked.out / "dicom_results.json") as path:
        path.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def export(sample_set: SampleSet, source: SourceSeries, folder: Path) -> tuple[list[Path], float]:
    """The two files, and the seconds they took."""
    started = time.perf_counter()
    files = write_objects(sample_set, source, folder)
    return files, round(time.perf_counter() - started, 2)


def dciodvfy(file: Path) -> list[str]:
    """The errors that dicom3tools' dciodvfy finds."""
    told = subprocess.run(["dciodvfy", str(file)], capture_output=True, text=True, check=False)
    return [line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")]


def read_with_simpleitk(folder: Path, series_uid: str | None) -> sitk.Image:
    """The CT as GDCM reads it."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), series_uid or ""))
    return reader.Execute()


def converted(files: list[Path], image: sitk.Image) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """dcmqi's segments by label and its map, put on the CT's voxels by their positions: (slices, rows, columns)."""
    with tempfile.TemporaryDirectory() as work:
        for program, file in zip(("segimage2itkimage", "paramap2itkimage"), files, strict=True):
            folder = Path(work, file.stem)
            folder.mkdir()
            command = [str(BIN / program), "--inputDICOM", str(file), "--outputDirectory", str(folder), "-t", "nrrd"]
            subprocess.run(command, check=True, capture_output=True)
        facts = json.loads(Path(work, "segmentation", "meta.json").read_text())
        labels = {one["labelID"]: one["SegmentLabel"] for group in facts["segmentAttributes"] for one in group}
        segments = {label: on_ct(Path(work, "segmentation", f"{n}.nrrd"), image).astype(bool) for n, label in labels.items()}
        return segments, on_ct(Path(work, "disagreement", "pmap.nrrd"), image)


def on_ct(file: Path, image: sitk.Image) -> np.ndarray:
    """An image on the CT's grid, its nearest voxel by position, 0 outside of it."""
    return sitk.GetArrayFromImage(sitk.Resample(sitk.ReadImage(str(file)), image, sitk.Transform(), sitk.sitkNearestNeighbor, 0.0))


def differences(sample_set: SampleSet, segments: dict[str, np.ndarray], disagreement: np.ndarray, result: Path) -> dict[str, int]:
    """Voxels that are not those of the layered file and of disagreement.nii.gz, over all samples and for the map."""
    wrong = 0
    for number, mask in enumerate(sample_set.masks, start=1):
        whole = sample_set.on_grid(mask).T
        wrong += int((segments.get(f"sample {number}", np.zeros_like(whole)) != whole).sum())
    wrong_consensus = int((segments["consensus"] != sample_set.on_grid(sample_set.consensus).T).sum())
    values = read_volume(result / "disagreement.nii.gz").array.T
    return {"samples": wrong, "consensus": wrong_consensus, "disagreement": int((values != disagreement).sum())}


def timed_on_a_large_series() -> dict[str, float]:
    """Seconds and kilobytes of 16 balls of 8 to 15 mm beside 120 slices of 512 x 512."""
    shape, affine = (512, 512, 120), np.diag([0.7, 0.7, 1.25, 1.0])
    rng = np.random.default_rng(0)
    grid = np.indices((48, 48, 28)).astype(float) - np.reshape((24, 24, 14), (3, 1, 1, 1))
    distance = np.sqrt(((grid * np.reshape((0.7, 0.7, 1.25), (3, 1, 1, 1))) ** 2).sum(axis=0))
    masks = np.stack([distance < radius for radius in np.linspace(8, 15, 16)])
    made = SampleSet(masks, Box((230, 200, 40), (278, 248, 68)), shape, affine, Request((254, 224, 54), 16, 8, 0.5, 0), "made")
    with tempfile.TemporaryDirectory() as work:
        folder = write_dicom_series(Volume(rng.integers(-900, 100, shape, np.int16), affine), Path(work, "ct"), seed_uid="large")
        started = time.perf_counter()
        files, _ = export(made, SourceSeries.read(folder), Path(work))
        found = {"seconds": round(time.perf_counter() - started, 2)}
        return found | {file.name: round(file.stat().st_size / 1000, 1) for file in files}


def draw(image: sitk.Image, segments: dict[str, np.ndarray], disagreement: np.ndarray, sample_set: SampleSet, path: Path) -> None:
    """Five slices about the click: outlines of all samples with the consensus, and the disagreement."""
    ct = sitk.GetArrayViewFromImage(image)
    i, j, k = sample_set.request.point
    rows, columns = slice(j - MARGIN, j + MARGIN), slice(i - MARGIN, i + MARGIN)
    figure, axes = plt.subplots(2, 5, figsize=(15, 6.4), layout="constrained")
    for column, z in enumerate(range(k - 2, k + 3)):
        for axis in axes[:, column]:
            axis.imshow(ct[z, rows, columns], cmap="gray", vmin=-1350, vmax=150)
            axis.set(xticks=[], yticks=[], title=f"slice {z}")
        for number, (label, mask) in enumerate(segments.items()):
            if label.startswith("sample ") and mask[z, rows, columns].any():
                axes[0, column].contour(mask[z, rows, columns], [0.5], colors=[plt.get_cmap("hsv")(number / len(segments))], linewidths=0.7)
        if segments["consensus"][z, rows, columns].any():
            axes[0, column].contour(segments["consensus"][z, rows, columns], [0.5], colors="yellow", linewidths=2.2)
        heat = np.ma.masked_equal(disagreement[z, rows, columns], 0)
        shown = axes[1, column].imshow(heat, cmap="inferno", vmin=0, vmax=1, alpha=0.75)
    axes[0, 0].set_ylabel("SEG: consensus (yellow), samples")
    axes[1, 0].set_ylabel("Parametric Map, bits")
    figure.colorbar(shown, ax=axes[1, :], shrink=0.8)
    with replaced(path) as temporary:
        figure.savefig(temporary, dpi=80)
    plt.close(figure)


if __name__ == "__main__":
    main()
