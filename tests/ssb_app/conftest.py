"""A folder of small studies, a tiny checkpoint, and one real server on them for all tests of the app."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import torch
from monailabel.client import MONAILabelClient

from ssb.checkpoint import load_model, save_model
from ssb.lesion import sample_lesion
from ssb.network import BridgeNetwork
from ssb.plausible import Request, SampleSet
from ssb.presets import PRESETS
from ssb.volumes import Volume, read_volume, write_dicom_series, write_nifti
from ssb.volumes.dicom_index import ENDING, open_index
from ssb.volumes.nrrd_writer import write_nrrd
from ssb_app.server_process import running_server

CLICK = (17, 27, 4)
FEW = {"samples": 4, "nfe": 2}
SHAPE = (40, 48, 10)
PATIENT = "Quittenbaum^Ottilie"
"""The name in the DICOM series: it must not appear in anything that the server says by itself."""
AFFINE = np.array([[0.7, 0, 0, -21.5], [0, 0.7, 0, 13.25], [0, 0, 2.5, -301], [0, 0, 0, 1]])


def turned(affine: np.ndarray) -> np.ndarray:
    """The grid turned by 20 degrees about x and 30 degrees about z."""
    a, b = np.radians([20, 30])
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_z = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    found = affine.copy()
    found[:3, :3] = about_z @ about_x @ affine[:3, :3]
    return found


def lump() -> np.ndarray:
    """A bright asymmetric lump around CLICK in noisy air, (40, 48, 10) int16 HU."""
    rng = np.random.default_rng(3)
    i, j, k = np.indices((40, 48, 10)).astype(float) - np.reshape(CLICK, (3, 1, 1, 1))
    body = (i / 6) ** 2 + (j / 9) ** 2 + (k / 2.5) ** 2 < 1
    horn = (np.abs(i - 6) < 4) & (np.abs(j + 5) < 2) & (np.abs(k) < 2)
    return np.rint(np.where(body | horn, 40, -850) + rng.normal(0, 20, body.shape)).astype(np.int16)


@dataclass(frozen=True)
class Server:
    """The running server: its address, the stock client, and the ids of the images by name."""

    address: str
    client: MONAILabelClient
    ids: dict[str, str]
    log: Path

    def infer(self, image: str = "axial", model: str = "ssbpp", **params: Any) -> tuple[Path, dict[str, Any]]:
        """The stock client's answer to a click on the lump; `params` are added to the request."""
        file, answer = self.client.infer(model, self.ids[image], {"foreground": [list(CLICK)], **FEW, **params})
        return Path(file), answer

    def ask(self, path: str, body: dict[str, Any] | bytes | None = None, method: str | None = None) -> tuple[int, Any]:
        """Status and content of one request: JSON where it is JSON, else bytes."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, content, kind = answer.status, answer.read(), answer.headers["content-type"]
        except urllib.error.HTTPError as error:
            status, content, kind = error.code, error.read(), error.headers["content-type"]
        return status, json.loads(content) if kind == "application/json" else content

    def stats(self) -> dict[str, int]:
        """The counters."""
        return dict(self.ask("/ssb/stats")[1])


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny network whose masks follow bright pixels, blurred by its random weights."""
    torch.manual_seed(1)
    network = BridgeNetwork(PRESETS["tiny"].network)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith("head.2"):
                parameter.fill_(0.25 if name.endswith("weight") else -0.2)
    path = tmp_path_factory.mktemp("model") / "tiny-1.safetensors"
    save_model(path, network, PRESETS["tiny"], "tiny-1")
    return path


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same lump as NIfTI, NRRD and DICOM, straight and oblique, and images that cannot be sampled."""
    folder = tmp_path_factory.mktemp("studies")
    array, oblique = lump(), turned(AFFINE)
    write_nifti(folder / "axial.nii.gz", array, AFFINE)
    write_nifti(folder / "Läsion 1.nii.gz", array, AFFINE)
    (folder / "nested").mkdir()
    write_nrrd(folder / "nested" / "oblique.nrrd", array, oblique)
    write_dicom_series(Volume(array, AFFINE), folder / "dicom", seed_uid="axial")
    write_dicom_series(Volume(array, oblique), folder / "nested" / "deeper" / "dicom", seed_uid="oblique")
    write_dicom_series(Volume(array, AFFINE), folder / "gap", seed_uid="gap")
    (folder / "gap" / "000005.dcm").unlink()
    for file in [*(folder / "dicom").iterdir(), *(folder / "gap").iterdir()]:
        header = pydicom.dcmread(file)
        header.PatientName = PATIENT
        header.save_as(file)
    (folder / PATIENT.replace("^", "_")).mkdir()
    (folder / PATIENT.replace("^", "_") / "broken.dcm").write_bytes(b"no DICOM")
    write_nifti(folder / "flat.nii.gz", np.zeros((8, 8, 8), np.int16), AFFINE)
    write_nifti(folder / "four.nii.gz", np.arange(512, dtype=np.int16).reshape(4, 8, 8, 2), AFFINE)
    (folder / "broken.nii.gz").write_bytes(b"no image")
    return folder


@pytest.fixture(scope="session")
def server(studies: Path, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server on `studies`."""
    folder = tmp_path_factory.mktemp("server")
    with running_server(studies, folder / "server.log", checkpoint) as address:
        client = MONAILabelClient(address, tmpdir=str(folder))
        names = {"axial", "Läsion 1", "nested-oblique", "flat", "four", "broken"}
        ids = {name: name for name in names}
        for found in set(client.datastore()["objects"]) - names:
            volume = open_index(studies / ".ssb" / "images" / f"{found}{ENDING}")
            ids["dicom" if np.allclose(volume.affine, AFFINE, atol=1e-4) else "oblique dicom"] = found
        yield Server(address, client, ids, folder / "server.log")


@pytest.fixture(scope="session")
def expected(studies: Path, checkpoint: Path) -> dict[str, SampleSet]:
    """What the library itself gives for CLICK and FEW, by the image's name."""
    model = load_model(checkpoint)
    files = {
        "axial": studies / "axial.nii.gz",
        "dicom": studies / "dicom",
        "nested-oblique": studies / "nested" / "oblique.nrrd",
        "oblique dicom": studies / "nested" / "deeper" / "dicom",
    }
    request = Request(CLICK, guidance=0.0, seed=0, **FEW)
    return {name: sample_lesion(read_volume(path), request, model) for name, path in files.items()}
