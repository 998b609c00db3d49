"""The review page: its files, and NiiVue's where `make review` has put it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from ssb.errors import NotFoundError
from ssb_app.web import SentenceRoute

router = APIRouter(prefix="/ssb/review", route_class=SentenceRoute, include_in_schema=False)

PAGES = Path(__file__).with_name("review")
NIIVUE = Path(__file__).resolve().parents[2] / ".review" / "package" / "dist" / "index.js"
"""Where `make review` puts NiiVue's ES module."""

MISSING = "The review page needs NiiVue, which is not installed here: run `make review` (needs Node.js), then load this page again."

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".txt": "text/plain"}

HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    # NiiVue draws text from images that it carries as data, and hands over files as blobs; nothing comes from elsewhere.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'",
}


@router.get("")
def page() -> Response:
    """The page; status 503 and one sentence where NiiVue is not installed."""
    if not NIIVUE.is_file():
        template = Template((PAGES / "missing.html").read_text(encoding="utf-8"))
        return HTMLResponse(template.substitute(sentence=escape(MISSING)), 503, HEADERS)
    return _file(PAGES / "index.html")


@router.get("/niivue.js")
def niivue() -> Response:
    """NiiVue's ES module."""
    if not NIIVUE.is_file():
        raise NotFoundError(MISSING)
    return _file(NIIVUE)


@router.get("/{name}")
def asset(name: str) -> Response:
    """A file of the page by its name alone: nothing outside its folder has a name here."""
    files = {file.name: file for file in PAGES.iterdir() if file.suffix in TYPES}
    if name not in files:
        raise NotFoundError(f"There is no file '{name[:80]}' of the review page.")
    return _file(files[name])


def _file(path: Path) -> Response:
    return FileResponse(path, media_type=TYPES[path.suffix], headers=HEADERS)
