"""Requests that other web pages make behind a reader's back, and how they are told from the reader's own."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import Request

from ssb.errors import InputError
from ssb_app.access.errors import ForbiddenError
from ssb_app.access.reach import is_literal, literal_is_loopback

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


def check_known(request: Request, origins: Sequence[str]) -> None:
    """A ForbiddenError where nobody has to log in, and the request came by a name that anybody on the internet may point at us.

    Else a page could point its own name here, and read all as its own (DNS rebinding). Addresses, and names without a dot, cannot be
    had on the internet; any other must be that of a listed origin.
    """
    name = _host(request)
    known = name is not None and (is_literal(name) or "." not in name or name in [urlsplit(origin).hostname for origin in origins])
    if not known:
        raise ForbiddenError(f"Without logins the name {name!r} is not answered: --origin http://NAME lists one that is yours.")


def check_local(request: Request) -> None:
    """A ForbiddenError for a request over the network, or by a name that is not this machine's, where nobody has to log in.

    The name keeps out what `check_known` does, and reverse proxies.
    """
    server = request.scope.get("server")
    if server is None or not literal_is_loopback(server[0]) or not literal_is_loopback(_host(request)):
        raise ForbiddenError(
            "Without logins only this machine is answered, under its own name: start with --users or --oidc, or with --insecure."
        )


def _host(request: Request) -> str | None:
    """The name or address that the request asks for, without its port."""
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None


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
