"""The pages on which people log in, of the server and of the viewer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ssb.errors import InputError, SSBError
from ssb_app.access.access import Access
from ssb_app.access.code_flow import CodeFlow
from ssb_app.access.cookie import forget, keep
from ssb_app.access.identity import LoggedIn
from ssb_app.access.roles import highest
from ssb_app.access.same_origin import safe_target
from ssb_app.access.stock_login import client_address

LOGIN = "/ssb/login"

PAGES = Path(__file__).with_name("pages")
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}
LARGEST = 1 << 14
"""Bytes of the form."""


def login_routes(access: Access, home: str, prefix: str = "") -> list[BaseRoute]:
    """The routes of `table.LOGIN_PAGES`. home: the path to open after a login that was not on the way to another page."""

    async def ask(request: Request) -> Response:
        target = safe_target(request.query_params.get("next", ""), home)
        return RedirectResponse(target, 303) if not access.login else _page(access, target)

    async def log_in(request: Request) -> Response:
        target = home
        try:
            form = await _form(request)
            target = safe_target(form.get("next", ""), home)
            if not access.login:
                return RedirectResponse(target, 303)
            _, token = await access.log_in(form.get("username", ""), form.get("password", ""), client_address(request))
        except SSBError as error:
            return _page(access, target, error)
        answer = RedirectResponse(target, 303)
        keep(request, answer, token)
        return answer

    async def log_out(request: Request) -> Response:
        answer = RedirectResponse(f"{prefix}{LOGIN}" if access.login else home, 303)
        forget(request, answer)
        return answer

    async def me(request: Request) -> Response:
        user = request.state.user
        if not isinstance(user, LoggedIn):
            return JSONResponse({"login": False, "name": None, "role": None})
        role = highest(user.roles)
        return JSONResponse(
            {"login": True, "name": user.username, "role": role and role.name.lower()}, headers={"Cache-Control": "no-store"}
        )

    async def file(request: Request) -> Response:
        return FileResponse(PAGES / request.url.path.rpartition("/")[2], headers=HEADERS | {"Cache-Control": "no-cache"})

    routes: list[BaseRoute] = [
        Route(f"{prefix}{LOGIN}", ask, methods=["GET"]),
        Route(f"{prefix}{LOGIN}", log_in, methods=["POST"]),
        Route(f"{prefix}{LOGIN}/login.js", file),
        Route(f"{prefix}{LOGIN}/login.css", file),
        Route(f"{prefix}/ssb/logout", log_out, methods=["POST"]),
        Route(f"{prefix}/ssb/me", me),
    ]
    flow = CodeFlow(access, f"{prefix}{LOGIN}/back")

    def told(step: Callable[[Request, str], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await step(request, home)
            except SSBError as error:
                return _page(access, home, error)

        return answer

    return [*routes, Route(f"{prefix}{LOGIN}/start", told(flow.start)), Route(f"{prefix}{LOGIN}/back", told(flow.back))]


def _page(access: Access, target: str, error: SSBError | None = None) -> Response:
    name = "login.html" if access.users else "provider.html"
    template = Template((PAGES / name).read_text(encoding="utf-8"))
    text = template.substitute(
        next=escape(target), start=escape(f"login/start?next={quote(target, safe='')}"), problem=escape(str(error or ""))
    )
    return HTMLResponse(text, error.status if error else 200, HEADERS)


async def _form(request: Request) -> dict[str, str]:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST:
            raise InputError(f"A login has at most {LARGEST >> 10} kB.")
    fields = parse_qs(content.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[0] for name, values in fields.items()}
