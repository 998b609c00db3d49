"""A user file with one user of each role, a made identity provider, and doors before an application that answers 299."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from ssb_app.access.access import Access, make_access
from ssb_app.access.door import Door
from ssb_app.access.oidc import OidcOptions
from ssb_app.access.table import SERVER, Table
from ssb_app.access.users import UserFile
from tests.ssb_app.access.made_provider import AUDIENCE, CLIENT, MadeProvider, running_provider
from tests.ssb_app.access.people import PASSED, PASSWORD, USERS


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> UserFile:
    file = UserFile(tmp_path_factory.mktemp("users") / "users.json")
    for name, role in USERS.items():
        file.add(name, role, PASSWORD)
    return file


@pytest.fixture
def by_file(users: UserFile) -> Access:
    return make_access(users.path)


@pytest.fixture(scope="session")
def provider() -> Iterator[MadeProvider]:
    with running_provider() as found:
        yield found


@pytest.fixture
def by_provider(provider: MadeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Access:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return make_access(oidc=OidcOptions(provider.issuer, AUDIENCE, CLIENT))


@pytest.fixture
def door() -> Callable[[Access], TestClient]:
    """A client before the door of the server's table; what is let through is answered with 299 and the user's name."""

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        user = scope["state"]["user"]
        await PlainTextResponse("" if user is None else user.username, PASSED)(scope, receive, send)

    app = Starlette(routes=[Mount("/", app=inside)])
    return lambda access: TestClient(Door(app, access, Table(SERVER)), base_url="http://127.0.0.1", follow_redirects=False)
