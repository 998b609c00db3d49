"""The door: every request passes here, before any route sees it."""

from __future__ import annotations

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.middleware import Middleware
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, RedirectResponse, Response
from monailabel.config import settings
from monailabel.endpoints.user.auth import DEFAULT_USER, User, get_current_user
from starlette.types import ASGIApp, Receive, Scope, Send

from ssb.errors import NotFoundError, SSBError
from ssb_app.access.access import Access
from ssb_app.access.cookie import session_of
from ssb_app.access.errors import ForbiddenError, LoginError, TooManyAttemptsError
from ssb_app.access.login_pages import LOGIN, login_routes
from ssb_app.access.roles import Role
from ssb_app.access.same_origin import check_known, check_local, check_same_origin
from ssb_app.access.stock_login import put_login
from ssb_app.access.table import SERVER, Table

logger = logging.getLogger(__name__)


class Door:
    """An ASGI middleware that lets through what the table allows, and says who asks: `request.state.user`.

    Without logins everybody is MONAI Label's default user, who may do all that the table lists. With logins it is a `LoggedIn`, or None
    on a public route that was asked without a good token.
    """

    def __init__(self, app: ASGIApp, access: Access, table: Table) -> None:
        self._app, self._access, self._table = app, access, table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with the status of the error and its sentence."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})  # there are none here
        request = Request(scope)
        try:
            user = await self._admitted(request)
        except SSBError as error:
            return await refusal(request, error)(scope, receive, send)
        scope.setdefault("state", {})["user"] = user
        await self._app(scope, receive, send)

    async def _admitted(self, request: Request) -> User | None:
        access, least = self._access, self._table.least(request.method, request.scope["path"])
        if not access.login:
            if access.insecure:
                check_known(request, access.origins)
            else:
                check_local(request)
            check_same_origin(request, access.origins, silent=True)
            if least is None:
                raise _no_route(request)
            return DEFAULT_USER
        token, by_cookie = session_of(request)
        check_same_origin(request, access.origins, silent=not by_cookie)
        try:
            if token is None:
                raise LoginError("Log in first.")
            identity = await access.identify(token)
        except SSBError:
            if least is Role.PUBLIC:
                return None
            raise
        if least is None:
            raise _no_route(request)
        if identity.role < least:
            raise ForbiddenError(f"You may not do that: it needs the role {least.name.lower()}, you are {identity.role.name.lower()}.")
        return identity.as_user()


def refusal(request: Request, error: SSBError) -> Response:
    """The answer to a request that is refused; a page that a reader opens leads to the login."""
    if isinstance(error, LoginError):
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            target = request.scope["path"] + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"{settings.MONAI_LABEL_API_STR}{LOGIN}?next={quote(target, safe='')}", 303)
        return JSONResponse({"detail": str(error)}, error.status, {"WWW-Authenticate": "Bearer"})
    if isinstance(error, TooManyAttemptsError):
        return JSONResponse({"detail": str(error)}, error.status, {"Retry-After": str(int(error.wait) + 1)})
    return JSONResponse({"detail": str(error)}, error.status)


def hang(app: FastAPI) -> None:
    """Put the door before MONAI Label's server, in place of its CORS, which is open to every page.

    How people log in says `app.state.ssb_access`, an `Access`; without one only this machine is answered.
    """
    access: Access = getattr(app.state, "ssb_access", None) or Access()
    prefix = settings.MONAI_LABEL_API_STR
    put_login(app, access)
    app.router.routes[:0] = login_routes(access, home=f"{prefix}/ssb/review", prefix=prefix)
    app.dependency_overrides[get_current_user] = current_user
    others = [one for one in app.user_middleware if one.cls is not CORSMiddleware]
    app.user_middleware[:] = [*cors(access), Middleware(Door, access=access, table=Table(SERVER, prefix)), *others]
    app.middleware_stack = None  # built again with the next request


def cors(access: Access) -> list[Middleware]:
    """What lets pages of the listed origins ask; nothing where none is listed."""
    if not access.origins:
        return []
    origins = list(access.origins)
    return [Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["*"], allow_headers=["*"], allow_credentials=True)]


def current_user(request: Request) -> User:
    """What MONAI Label's own dependency gives: the user whom the door let in."""
    return request.state.user


def _no_route(request: Request) -> NotFoundError:
    return NotFoundError(f"There is no such route: {request.method} {request.scope['path'][:80]!r}.")
