"""Every route of the real server against the table: without a token, with bad ones, and as each role."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount
from starlette.testclient import TestClient

from ssb_app import routes
from ssb_app.access.access import Access
from ssb_app.access.door import Door
from ssb_app.access.identity import Identity
from ssb_app.access.roles import NAMES, Role
from ssb_app.access.table import SERVER, Table
from ssb_app.access.users import UserFile
from ssb_app.watch import Watch
from tests.ssb_app.access.made_provider import MadeProvider, forged, rsa_key
from tests.ssb_app.access.people import PASSED, USERS, bearer

Doors = Callable[[Access], TestClient]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """MONAI Label's server with our routes, as `serve` starts it."""
    import monailabel.app

    routes.mount(monailabel.app.app)
    return monailabel.app.app


@pytest.fixture(scope="module")
def lines(app: FastAPI) -> list[str]:
    return sorted(set(_lines(app.routes)))


def _lines(found: Any) -> Iterator[str]:
    for route in found:
        if hasattr(route, "effective_route_contexts"):  # how FastAPI keeps an included router
            yield from _lines(route.effective_route_contexts())
        elif isinstance(route, Mount):
            yield f"GET {route.path}/{{path:path}}"
        else:
            original = getattr(route, "original_route", route)
            only_get = {"HEAD"} if not isinstance(original, APIRoute) else set()
            yield from (f"{method} {route.path}" for method in route.methods - only_get)


def path_of(line: str) -> str:
    return re.sub(r"\{\w+:path\}", "a/b", re.sub(r"\{\w+\}", "x1", line.split(" ", 1)[1]))


def statuses(client: TestClient, headers: dict[str, str]) -> dict[str, int]:
    """What each line of the table answers."""
    return {line: client.request(line.split(" ")[0], path_of(line), headers=headers).status_code for line in SERVER}


def expected(role: Role | None) -> dict[str, int]:
    """What it must answer to somebody with that role, or to nobody."""
    if role is None:
        return {line: PASSED if least is Role.PUBLIC else 401 for line, least in SERVER.items()}
    return {line: PASSED if role >= least else 403 for line, least in SERVER.items()}


def test_every_route_has_its_line_and_every_line_its_route(app: FastAPI, lines: list[str]) -> None:
    described = {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}
    plain = {re.sub(r":path\}", "}", line) for line in lines}
    assert len(described) > 60
    assert described - plain == set()
    assert set(lines) - set(SERVER) == set()
    assert set(SERVER) - set(lines) == set()


def test_a_line_is_not_hidden_by_another_with_a_lower_role() -> None:
    table = Table(SERVER)
    assert {line: table.least(line.split(" ")[0], path_of(line)) for line in SERVER} == SERVER


def test_the_door_of_the_real_server_is_the_outermost_and_its_cors_is_gone(app: FastAPI) -> None:
    assert [one.cls for one in app.user_middleware][:2] == [Watch, Door]
    with_door = TestClient(app, base_url="http://127.0.0.1")
    assert with_door.get("/auth/").json() == {"enabled": False, "client_id": "", "realm": ""}
    answer = with_door.get("/auth/", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert with_door.options("/auth/token", headers=asked).status_code == 404


@pytest.mark.parametrize("name", USERS)
def test_each_role_of_the_user_file(name: str, by_file: Access, users: UserFile, door: Doors) -> None:
    role = NAMES[USERS[name]]
    assert statuses(door(by_file), bearer(by_file.sessions.issue(Identity(name, role)))) == expected(role)


@pytest.mark.parametrize("role", NAMES)
def test_each_role_of_a_provider(role: str, by_provider: Access, provider: MadeProvider, door: Doors) -> None:
    with door(by_provider) as client:
        assert statuses(client, bearer(provider.token(role=role))) == expected(NAMES[role])


def test_nobody_without_a_token(by_file: Access, by_provider: Access, door: Doors) -> None:
    for access in (by_file, by_provider):
        assert statuses(door(access), {}) == expected(None)
        assert statuses(door(access), {"Authorization": "Basic YW5uYTp4"}) == expected(None)
        assert statuses(door(access), bearer("x")) == expected(None)


BAD_SESSIONS = {
    "expired": lambda s: s.sign({"sub": "ada", "role": "admin"}, -1, "session"),
    "wrong audience": lambda s: s.sign({"sub": "ada", "role": "admin"}, 60, "login"),
    "no stamp": lambda s: s.sign({"sub": "ada", "role": "admin"}, 60, "session"),
    "wrong issuer": lambda s: jwt.encode({"sub": "ada", "aud": "session", "iss": "x", "iat": 0, "exp": time.time() + 60}, s._key, "HS256"),
    "other key": lambda s: jwt.encode({"sub": "ada", "aud": "session", "iss": "ssb-label", "exp": time.time() + 60}, b"k" * 32, "HS256"),
    "algorithm none": lambda s: forged(s.issue(Identity("ada", Role.ADMIN)), "none", b""),
    "unknown user": lambda s: s.issue(Identity("nobody", Role.ADMIN)),
}


@pytest.mark.parametrize("kind", BAD_SESSIONS)
def test_bad_tokens_of_ours_open_nothing(kind: str, by_file: Access, door: Doors) -> None:
    assert statuses(door(by_file), bearer(BAD_SESSIONS[kind](by_file.sessions))) == expected(None)


BAD_TOKENS = {
    "expired": lambda p: p.token(role="admin", exp=int(time.time()) - 60),
    "not yet": lambda p: p.token(role="admin", nbf=int(time.time()) + 120),
    "without an end": lambda p: p.token(role="admin", exp=None),
    "wrong audience": lambda p: p.token(role="admin", aud="account"),
    "no audience": lambda p: p.token(role="admin", aud=None),
    "wrong issuer": lambda p: p.token(role="admin", iss="https://evil.example/realms/ward"),
    "algorithm none": lambda p: forged(p.token(role="admin"), "none", b""),
    "HS256 with the public key": lambda p: forged(p.token(role="admin"), "HS256", p.public_pem()),
    "signed by another": lambda p: jwt.encode(_claims(p), rsa_key(), "RS256", headers={"kid": "one"}),
    "unknown key": lambda p: jwt.encode(_claims(p), rsa_key(), "RS256", headers={"kid": "two"}),
    "ours, with the public key": lambda p: forged(
        jwt.encode({"iss": "ssb-label", "aud": "session", "sub": "ada", "role": "admin", "exp": time.time() + 60}, b"k" * 32),
        "HS256",
        p.public_pem(),
    ),
}


def _claims(provider: MadeProvider) -> dict[str, Any]:
    return jwt.decode(provider.token(role="admin"), options={"verify_signature": False})


@pytest.mark.parametrize("kind", BAD_TOKENS)
def test_bad_tokens_of_a_provider_open_nothing(kind: str, by_provider: Access, provider: MadeProvider, door: Doors) -> None:
    with door(by_provider) as client:
        assert client.get("/info/", headers=bearer(provider.token())).status_code == PASSED
        assert statuses(client, bearer(BAD_TOKENS[kind](provider))) == expected(None)


def test_without_logins_this_machine_may_do_what_the_table_lists(door: Doors) -> None:
    assert statuses(door(Access()), {}) == dict.fromkeys(SERVER, PASSED)


@pytest.mark.parametrize("path", ["/new/route", "/ssb/annotations/a/b/..", "/info", "//info/", "/INFO/", "/ssb/review/a/b"])
def test_what_the_table_does_not_list_is_refused(path: str, by_file: Access, door: Doors) -> None:
    token = bearer(by_file.sessions.issue(Identity("ada", Role.ADMIN)))
    assert door(by_file).delete(path, headers=token).status_code == 404
    assert door(by_file).delete(path).status_code == 401
    assert door(Access()).delete(path).status_code == 404
