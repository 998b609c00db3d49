"""What the viewer answers: a page that asks for the annotator's name, and under /as/<name>/ OHIF and the PACS."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ssb.errors import InputError, SSBError
from ssb_app.access.access import Access
from ssb_app.access.door import Door, cors, refusal
from ssb_app.access.errors import ForbiddenError, LoginError
from ssb_app.access.identity import LoggedIn
from ssb_app.access.login_pages import login_routes
from ssb_app.access.names import checked_name
from ssb_app.access.table import VIEWER, Table
from ssb_viewer.annotator import home_of
from ssb_viewer.proxy import PacsProxy
from ssb_viewer.server_proxy import ServerProxy

PAGES = Path(__file__).with_name("pages")
SAFE_PAGE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
PANEL = Path(__file__).with_name("panel")
FRESH = {"Cache-Control": "no-cache"}


def make_app(dist: Path, proxy: PacsProxy, access: Access) -> Starlette:
    """The viewer as an ASGI application. dist: OHIF's prebuilt files. access: how people log in; with logins the name is the login's."""
    panel = ServerProxy(proxy.server)
    shell = (dist / "index.html").read_text(encoding="utf-8")

    async def home(request: Request) -> Response:
        """OHIF, whatever page of it the path names; it draws the page itself."""
        root = home_of(_annotator(request))
        if not request.scope["raw_path"].decode().startswith(f"{root}/"):
            rest = request.path_params.get("page", "")
            return RedirectResponse(f"{root}/{rest}" + (f"?{request.url.query}" if request.url.query else ""))
        return HTMLResponse(shell.replace("/app-config.js", f"{root}/app-config.js"), headers=FRESH)

    async def configuration(request: Request) -> Response:
        annotator = _annotator(request)
        site = json.dumps({"annotator": annotator, "home": home_of(annotator), "panel": proxy.server is not None, "login": access.login})
        text = f"const site = {site};\n{(PAGES / 'app-config.js').read_text(encoding='utf-8')}"
        return Response(text, media_type="text/javascript", headers=FRESH)

    async def dicom_web(request: Request) -> Response:
        annotator, path = _annotator(request), request.path_params["path"]
        if request.method == "POST":
            return await proxy.store(request, path, annotator)
        return await proxy.read(request, path, f"{str(request.base_url).rstrip('/')}{home_of(annotator)}/dicom-web")

    async def ours(request: Request) -> Response:
        return await panel.answer(request, request.path_params["path"], _annotator(request))

    async def start(request: Request) -> Response:
        return _start(request.query_params.get("page", ""), _login(request) or request.query_params.get("name"))

    async def other(request: Request, error: Exception) -> Response:
        return _other(request, error, access.login)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        yield
        await proxy.close()
        await panel.close()

    routes = [
        *login_routes(access, home="/"),
        Route("/", start),
        Route("/as/{name}/app-config.js", configuration),
        Route("/as/{name}/dicom-web/{path:path}", dicom_web, methods=["GET", "POST"]),
        Route("/as/{name}/ssb/{path:path}", ours, methods=["GET", "POST"]),
        Route("/as/{name}", home),
        Route("/as/{name}/{page:path}", home),
        Mount("/ssb-panel", _FreshFiles(directory=PANEL)),
        Mount("/", StaticFiles(directory=dist)),
    ]
    door = [*cors(access), Middleware(Door, access=access, table=Table(VIEWER))]
    return Starlette(routes=routes, middleware=door, exception_handlers={SSBError: _sentence, HTTPException: other}, lifespan=life)


class _FreshFiles(StaticFiles):
    """Files that a browser asks for again each time: an update must not run beside modules of before."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        answer = super().file_response(*args, **kwargs)
        answer.headers.update(FRESH)
        return answer


def _annotator(request: Request) -> str:
    name, login = checked_name(request.path_params["name"]), _login(request)
    if login is not None and name != login:
        raise ForbiddenError(f"You are logged in as '{login}', so you cannot annotate as '{name}'.")
    return name


def _login(request: Request) -> str | None:
    user = request.state.user
    return user.username if isinstance(user, LoggedIn) else None


def _start(page: str, name: str | None) -> Response:
    """The page that asks for a name; with a name the way to `page` of OHIF as that annotator."""
    problem = ""
    if name is not None:
        try:
            return RedirectResponse(f"{home_of(checked_name(name))}/{page.lstrip('/')}", 303)
        except InputError as error:
            problem = str(error)
    template = Template((PAGES / "start.html").read_text(encoding="utf-8"))
    text = template.substitute(page=escape(page), name=escape(name or ""), problem=escape(problem))
    return HTMLResponse(text, 422 if problem else 200, headers=SAFE_PAGE)


async def _sentence(request: Request, error: Exception) -> Response:
    assert isinstance(error, SSBError)
    return JSONResponse({"detail": str(error)}, error.status)


def _other(request: Request, error: Exception, login: bool) -> Response:
    """A page of OHIF that was opened without a name, such as a link of the PACS: ask for the name or the login, then go there."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404 and login and request.state.user is None:
        return refusal(request, LoginError("Log in first."))
    page = request.url.path.lstrip("/") + (f"?{request.url.query}" if request.url.query else "")
    if error.status_code == 404 and request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return _start(page, _login(request))
    return JSONResponse({"detail": error.detail}, error.status_code)
