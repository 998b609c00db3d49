"""A site as an annotator meets it: a PACS, our server on it, and the viewer, with studies of ours in the PACS."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ssb.volumes import Volume, read_volume
from ssb_app.pacs_client import Pacs
from ssb_app.server_process import running_command, running_server
from tests.orthanc_server import running_orthanc
from tests.seg_made import headers

SHAPE = (96, 80, 12)
AFFINE = np.array([[3, 0, 0, -130], [0, 3, 0, -90], [0, 0, 5, -300], [0, 0, 0, 1.0]])
"""OHIF's brush has a radius of 25 mm."""
FINE = np.array([[0.7, 0, 0, -33], [0, 0.7, 0, -21], [0, 0, 2.5, -300], [0, 0, 0, 1.0]])
"""The lump is as large as a nodule."""
MIDDLE = (44, 36, 6)
"""The lump's middle voxel."""


@dataclass(frozen=True)
class Site:
    """A PACS with one series, our server on it, and the viewer."""

    pacs: Pacs
    server: str
    viewer: str
    volume: Volume
    slices: list[Dataset]

    @property
    def study(self) -> str:
        return str(self.slices[0].StudyInstanceUID)

    @property
    def series(self) -> str:
        return str(self.slices[0].SeriesInstanceUID)

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The server's answer in JSON, to a POST where there is a body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())


def lump(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """A bright asymmetric lump around MIDDLE, which is not the image's, in noisy air: int16 HU."""
    i, j, k = np.indices(shape).astype(float) - np.reshape(MIDDLE, (3, 1, 1, 1))
    body = (i / 14) ** 2 + (j / 9) ** 2 + (k / 3) ** 2 < 1
    horn = (np.abs(i - 16) < 6) & (np.abs(j + 4) < 3) & (np.abs(k) < 2)
    return np.rint(np.where(body | horn, 40, -850) + np.random.default_rng(0).normal(0, 20, body.shape)).astype(np.int16)


def run_downwards(series: Path) -> None:
    """Number the slices of a series of ours from the head to the feet, as most scanners do."""
    for number, dataset in enumerate(reversed(headers(series)), start=1):
        dataset.InstanceNumber = number
        dataset.save_as(str(dataset.filename))


@contextmanager
def running_site(series: Path, folder: Path, checkpoint: Path | None = None) -> Iterator[Site]:
    """The site with the DICOM series in the folder `series`; what it writes goes to `folder`. checkpoint: None for the shipped one."""
    slices = headers(series)
    with pytest.MonkeyPatch.context() as patch, running_orthanc(folder) as address:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("MONAI_LABEL_DICOMWEB_CACHE_PATH", str(folder / "cache"))
        pacs = Pacs(address)
        for dataset in slices:
            pacs.store(dataset)
        with running_server(address, folder / "server.log", checkpoint) as server:
            told = ["viewer", "--pacs", address, "--server", server]
            with running_command(told, folder / "viewer.log") as viewer:
                yield Site(pacs, server, viewer, read_volume(series), slices)
