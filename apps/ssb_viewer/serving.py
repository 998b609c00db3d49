"""The viewer as a server of its own."""

from __future__ import annotations

import json
from pathlib import Path

import uvicorn

from ssb.errors import InputError, NotFoundError
from ssb_app.access.access import Access
from ssb_app.access.tls import NO_TLS, Tls
from ssb_app.serving import check_address, check_door
from ssb_viewer.app import make_app
from ssb_viewer.proxy import PacsProxy

OHIF = Path(__file__).resolve().parents[2] / ".viewer" / "package" / "dist"
"""Where `make viewer` puts OHIF's prebuilt files."""

EVERYWHERE = ("0.0.0.0", "::")
"""Hosts that stand for every address of the machine, and are none to open."""


def serve(
    pacs: str,
    access: Access,
    server: str | None = None,
    host: str = "127.0.0.1",
    port: int = 3000,
    ohif: Path | None = None,
    tls: Tls = NO_TLS,
) -> None:
    """Serve OHIF until Ctrl-C.

    pacs: the DICOMweb root of the site's PACS. access: how people log in, the same as at the server. server: see `PacsProxy`. ohif: the
    folder of OHIF's prebuilt files (default: OHIF). tls: the files that make it https.
    Raises NotFoundError where OHIF is not there, and InputError where an address is none, host and port cannot be used, or other
    machines could ask without a login.
    """
    dist = ohif or OHIF
    if not (dist / "index.html").is_file():
        raise NotFoundError(f"OHIF is not in '{dist}': install it with `make viewer` (needs Node.js), or name its folder with --ohif.")
    if not pacs.startswith(("http://", "https://")):
        raise InputError(f"The PACS is '{pacs}', but it must be a DICOMweb address such as http://127.0.0.1:8042/dicom-web.")
    if server is not None and not server.startswith(("http://", "https://")):
        raise InputError(f"The server is '{server}', but it must be an address such as http://127.0.0.1:8000.")
    check_address(host, port)
    check_door(host, access, tls)
    scheme = "https" if tls.certfile else "http"
    reached = "localhost" if host in EVERYWHERE else host
    print(f"OHIF {_version(dist)} for the PACS at {pacs}: open {scheme}://{reached}:{port}/", flush=True)
    app = make_app(dist, PacsProxy(pacs, server), access)
    uvicorn.run(app, host=host, port=port, log_level="warning", ssl_certfile=tls.certfile, ssl_keyfile=tls.keyfile)


def _version(dist: Path) -> str:
    package = dist.parent / "package.json"
    return str(json.loads(package.read_text(encoding="utf-8"))["version"]) if package.is_file() else ""
