"""The demonstration: a study, the server, MONAI Label's own client, one click, the files and the picture."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from monailabel.client import MONAILabelClient

from ssb.datasets.phantom import make_phantom
from ssb.errors import InputError
from ssb.outputs.figures import overview
from ssb.outputs.result_reader import rebuild
from ssb.outputs.seg_nrrd_reader import read_seg_nrrd
from ssb.outputs.table import table
from ssb.plausible import Index
from ssb.volumes import read_volume, write_dicom_series, write_nifti
from ssb_app.fetch import download, download_image, infer
from ssb_app.server_process import running_server

PHANTOM_SEED = 3
PHANTOM_LESION = 1
VIEWS = {"consensus.nii.gz": "consensus", "levels.nii.gz": "levels", "sample-1.nii.gz": "sample 1", "samples.seg.nrrd": "all samples"}


def demo(
    out: Path,
    studies: Path | None = None,
    image: str | None = None,
    point: Index | None = None,
    keep: bool = False,
    samples: int = 16,
    nfe: int | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
) -> None:
    """Run it and print what happens; files go to the folder `out`, which exists.

    studies: one's own folder; a phantom chest, as DICOM series and as NIfTI file, where None. image: its id where the folder holds
    several. point: the clicked voxel; without one the phantom's lesion, or the middle of an annotation of one's own image.
    keep: leave the server running until Ctrl-C. nfe: None for the checkpoint's own. Raises SSBError; never leaves a server behind.
    """
    with tempfile.TemporaryDirectory(prefix="ssb-demo-") as work:
        if studies is None:
            studies, lesion = _make_studies(Path(work) / "studies")
            point = point or lesion
        print(f"Starting the server on {studies}", end="", flush=True)
        with running_server(studies, out / "server.log", checkpoint, _dots()) as address:
            print(f"\nThe server answers at {address}")
            client = MONAILabelClient(address, tmpdir=work)
            options = {"samples": samples, "seed": seed, "result_extension": ".nii.gz"} | ({} if nfe is None else {"nfe": nfe})
            if point is not None or not keep:
                _click(client, _chosen(client, image), point, options, out, Path(work))
            if keep:
                _hold(address)
    print("The server is stopped.")


def _make_studies(folder: Path) -> tuple[Path, Index]:
    """A folder with the phantom as DICOM and as NIfTI, and the middle of one of its lesions."""
    print("Making the phantom study: a chest CT with ambiguous lesions, as DICOM and as NIfTI")
    phantom = make_phantom(PHANTOM_SEED)
    folder.mkdir()
    write_dicom_series(phantom.volume, folder / "dicom", seed_uid="ssb-demo")
    write_nifti(folder / "phantom.nii.gz", phantom.volume.array, phantom.volume.affine)
    return folder, phantom.lesions[PHANTOM_LESION].centre


def _chosen(client: MONAILabelClient, image: str | None) -> str:
    """The asked image, else the only one; of the phantom's two, the DICOM series."""
    ids = sorted(client.datastore()["objects"])
    if image is not None or len(ids) == 1:
        return image or ids[0]
    if "phantom" in ids and len(ids) == 2:
        return next(found for found in ids if found != "phantom")
    shown = ", ".join(ids[:10]) + (", ..." if len(ids) > 10 else "")
    raise InputError(f"The studies hold {len(ids)} images: choose one with --image ID (make demo IMAGE=ID) of {shown}.")


def _click(client: MONAILabelClient, image: str, point: Index | None, options: dict[str, Any], out: Path, work: Path) -> None:
    """One click, every kind of answer."""
    model = "ssbpp_auto" if point is None else "ssbpp"
    asked = options if point is None else {**options, "foreground": [list(point)]}
    print(f"Asking {model} for {options['samples']} samples of image {image}{f' at voxel {point}' if point else ''} ...", flush=True)
    started = time.monotonic()
    try:
        answers = [infer(client, model, image, {**asked, "show": show}, out / name) for name, show in VIEWS.items()]
    except InputError as error:
        raise error if point else InputError(f"{error} Here that is --point I,J,K (make demo POINT=I,J,K).") from error
    set_id = answers[0]["sample_set"]
    route = f"{client.get_server_url()}/ssb/sample_sets/{set_id}"
    (out / "summary.json").write_text(json.dumps(answers[0]["summary"], indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    download(f"{route}/disagreement", out / "disagreement.nii.gz")
    download(f"{route}/report", out / "report.html")
    print(f"Answered {len(answers)} views of sample set {set_id} in {time.monotonic() - started:.1f} s\n")
    volume = read_volume(download_image(client, image, work))
    found = rebuild(answers[0]["summary"], read_seg_nrrd(out / "samples.seg.nrrd", volume.affine, volume.shape))
    overview(volume, found, out / "overview.png")
    print(table(found))
    print(f"\nFiles in {out}: {', '.join(sorted(path.name for path in out.iterdir() if path.is_file()))}")
    print(f"Picture: {(out / 'overview.png').resolve()}")


def _hold(address: str) -> None:
    print(f"\nThe server keeps running until Ctrl-C.\n  3D Slicer: module MONAI Label, server address {address}")
    print(f"  all routes: {address}/\n  sample sets: {address}/ssb/sample_sets", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def _dots() -> Callable[[float], None]:
    """Prints a dot a second while the server starts."""
    shown = 0

    def show(seconds: float) -> None:
        nonlocal shown
        if int(seconds) > shown:
            shown = int(seconds)
            print(".", end="", flush=True)

    return show
