"""Where a request carries its token: the Authorization header of programs, the cookie of our pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

NAME = "ssb_session"


def session_of(request: Request) -> tuple[str | None, bool]:
    """The token, None where there is none, and whether it came by cookie: browsers send that by themselves."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip(), False
    kept = request.cookies.get(cookie_name(request))
    return kept, kept is not None


def cookie_name(request: Request) -> str:
    """Behind https a name that browsers take only over https and from this very host (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{NAME}" if request.url.scheme == "https" else NAME


def keep(request: Request, answer: Response, token: str) -> None:
    """Hand the token to the browser, where no script can read it and no other page can use it. It ends with the browser, or itself."""
    answer.set_cookie(cookie_name(request), token, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/")


def forget(request: Request, answer: Response) -> None:
    """Let the browser forget it."""
    secure = request.url.scheme == "https"
    answer.delete_cookie(cookie_name(request), path="/", httponly=True, samesite="strict", secure=secure)
