"""What the viewer passes on of an annotator's login."""

from __future__ import annotations

from starlette.requests import Request

from ssb_app.access.cookie import session_of
from ssb_app.access.identity import LoggedIn


def login_headers(request: Request) -> dict[str, str]:
    """The header by which the server knows who asks; none where nobody logs in."""
    token, _ = session_of(request)
    return {"Authorization": f"Bearer {token}"} if token and isinstance(request.state.user, LoggedIn) else {}
