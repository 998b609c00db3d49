"""Requests that other web pages make behind a reader's back, and how they are told from the reader's own."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import Request

from ssb.errors import InputError
from ssb_app.access.errors import ForbiddenError
from ssb_app.access.reach import literal_is_loopback

SAFE = ("GET", "HEAD", "OPTIONS")


def check_same_origin(request: Request, origins: Sequence[str], silent: bool) -> None:
    """A ForbiddenError where a request that changes something comes from a page that is neither ours nor of the listed origins.

    Browsers say where a request comes from by Sec-Fetch-Site (W3C Fetch Metadata) and Origin (RFC 6454), which pages cannot change.
    silent: whether a request that states neither is taken, as programs other than browsers send it.
    """
    if request.method in SAFE:
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin in origins:
        return
    if site is not None:
        fine = site in ("same-origin", "none")
    elif origin is not None:
        fine = urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    else:
        fine = silent
    if not fine:
        raise ForbiddenError("This request comes from another web page, which may not change anything here: --origin lists those that may.")


def check_local(request: Request) -> None:
    """A ForbiddenError for a request over the network, or by a name that is not this machine's, where nobody has to log in.

    The name keeps out pages that let their own name point at this machine (DNS rebinding), and reverse proxies.
    """
    server = request.scope.get("server")
    name = urlsplit(f"//{request.headers.get('host', '')}").hostname
    if server is None or not literal_is_loopback(server[0]) or not literal_is_loopback(name):
        raise ForbiddenError(
            "Without logins only this machine is answered, under its own name: start with --users or --oidc, or with --insecure."
        )


def checked_origin(origin: str) -> str:
    """The origin as browsers write it; an InputError where it is none, such as `*`."""
    found = urlsplit(origin)
    if found.scheme not in ("http", "https") or not found.netloc or found.path.strip("/") or found.query or "*" in origin or "@" in origin:
        raise InputError(f"The origin is '{origin}', but it must be such as https://viewer.hospital.example, without a path or a star.")
    return f"{found.scheme}://{found.netloc.lower()}"


def safe_target(target: str, home: str) -> str:
    """`target` where it is a path of this server, else `home`: a login must not lead elsewhere."""
    plain = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if plain else home
