"""A real Orthanc with its DICOMweb plugin on free ports, with a folder of its own, for the block that uses it."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ssb_app.server_process import free_port

PROGRAM = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin")
PLUGINS = [str(file) for file in Path("/usr/share/orthanc/plugins").glob("*DicomWeb.so")]
START_SECONDS = 60.0

needs_orthanc = pytest.mark.skipif(
    PROGRAM is None or not PLUGINS,
    reason="needs Orthanc with DICOMweb: Debian's packages orthanc and orthanc-dicomweb",
)


@contextmanager
def running_orthanc(folder: Path, port: int | None = None) -> Iterator[str]:
    """The address of its DICOMweb root, on a free port or on `port`."""
    http, dicom = port or free_port(), free_port()
    settings = {
        "Name": "tests",
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "HttpPort": http,
        "DicomPort": dicom,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "Plugins": PLUGINS,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen([str(PROGRAM), str(folder / "orthanc.json")], stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{http}/system", process, folder / "orthanc.log")
            yield f"http://127.0.0.1:{http}/dicom-web"
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Orthanc did not start: {log.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.1)
