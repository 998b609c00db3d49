"""The viewer as a server of its own."""

from __future__ import annotations

import json
from pathlib import Path

import uvicorn

from ssb.errors import InputError, NotFoundError
from ssb_app.serving import check_address
from ssb_viewer.app import make_app
from ssb_viewer.proxy import PacsProxy

OHIF = Path(__file__).resolve().parents[2] / ".viewer" / "package" / "dist"
"""Where `make viewer` puts OHIF's prebuilt files."""


def serve(pacs: str, server: str | None = None, host: str = "127.0.0.1", port: int = 3000, ohif: Path | None = None) -> None:
    """Serve OHIF until Ctrl-C.

    pacs: the DICOMweb root of the site's PACS. server: see `PacsProxy`. ohif: the folder of OHIF's prebuilt files (default: OHIF).
    Raises NotFoundError where OHIF is not there, and InputError where an address is none or host and port cannot be used.
    """
    dist = ohif or OHIF
    if not (dist / "index.html").is_file():
        raise NotFoundError(f"OHIF is not in '{dist}': install it with `make viewer` (needs Node.js), or name its folder with --ohif.")
    if not pacs.startswith(("http://", "https://")):
        raise InputError(f"The PACS is '{pacs}', but it must be a DICOMweb address such as http://127.0.0.1:8042/dicom-web.")
    if server is not None and not server.startswith(("http://", "https://")):
        raise InputError(f"The server is '{server}', but it must be an address such as http://127.0.0.1:8000.")
    check_address(host, port)
    print(f"OHIF {_version(dist)} for the PACS at {pacs}: open http://{host}:{port}/", flush=True)
    uvicorn.run(make_app(dist, PacsProxy(pacs, server)), host=host, port=port, log_level="warning")


def _version(dist: Path) -> str:
    package = dist.parent / "package.json"
    return str(json.loads(package.read_text(encoding="utf-8"))["version"]) if package.is_file() else ""
