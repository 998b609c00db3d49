"""Logging in and out on a page: with a password, and at a provider."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from ssb_app.access.access import Access
from ssb_app.access.attempts import PAIR
from ssb_app.access.door import Door
from ssb_app.access.login_pages import login_routes
from ssb_app.access.roles import Role
from ssb_app.access.same_origin import safe_target
from ssb_app.access.table import LOGIN_PAGES, Table
from tests.ssb_app.access.made_provider import MadeProvider
from tests.ssb_app.access.people import PASSWORD

HERE = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
Sites = Callable[..., TestClient]


@pytest.fixture
def site() -> Sites:
    """A site with the login's pages and one of its own."""

    def made(access: Access, address: str = "http://127.0.0.1") -> TestClient:
        own = Route("/home", lambda request: PlainTextResponse(request.state.user.username))
        table = Table({**LOGIN_PAGES, "GET /home": Role.READER})
        app = Starlette(routes=[*login_routes(access, "/home"), own], middleware=[Middleware(Door, access=access, table=table)])
        return TestClient(app, base_url=address, follow_redirects=False)

    return made


def log_in(client: TestClient, password: str = PASSWORD, **more: str) -> httpx.Response:
    return client.post("/ssb/login", data={"username": "anna", "password": password, **more}, headers=HERE)


def test_a_password_opens_the_page_that_was_asked_for(by_file: Access, site: Sites) -> None:
    client = site(by_file)
    page = client.get("/ssb/login", params={"next": '/home?a="b"'})
    assert page.status_code == 200 and 'data-next="/home?a=&quot;b&quot;"' in page.text and 'name="password"' in page.text
    assert client.get("/ssb/login/login.js").headers["content-type"].startswith("text/javascript")
    answer = log_in(client, next="/home?a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/home?a=1")
    kept = answer.headers["set-cookie"]
    assert (
        kept.startswith("ssb_session=") and "HttpOnly" in kept and "SameSite=strict" in kept and "Path=/" in kept and "Secure" not in kept
    )
    assert client.get("/home").text == "anna"
    assert client.get("/ssb/me").json() == {"login": True, "name": "anna", "role": "annotator"}
    out = client.post("/ssb/logout", headers=HERE)
    assert (out.status_code, out.headers["location"]) == (303, "/ssb/login")
    assert client.get("/home").status_code == 401


def test_behind_https_the_cookie_never_travels_openly(by_file: Access, site: Sites) -> None:
    client = site(by_file, "https://ssb.example")
    answer = client.post("/ssb/login", data={"username": "anna", "password": PASSWORD}, headers={"Origin": "https://ssb.example"})
    kept = answer.headers["set-cookie"]
    assert kept.startswith("__Host-ssb_session=") and "Secure" in kept
    assert client.get("/home").text == "anna"


def test_a_wrong_password_is_one_sentence_and_soon_must_wait(by_file: Access, site: Sites) -> None:
    client = site(by_file)
    for _ in range(PAIR):
        answer = log_in(client, "wrong", next="/home")
        assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
        assert "The user&#x27;s name or the password is wrong." in answer.text
    assert log_in(client).status_code == 429
    assert client.post("/ssb/login", content=b"x" * 20_000, headers=HERE).status_code == 422


def test_another_page_cannot_log_a_reader_in_or_out(by_file: Access, site: Sites) -> None:
    client = site(by_file)
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/ssb/login", data={"username": "anna", "password": PASSWORD}, headers=elsewhere).status_code == 403
    log_in(client)
    assert client.post("/ssb/logout", headers=elsewhere).status_code == 403
    assert client.get("/home").text == "anna"


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "", "/a\nb", "javascript:alert(1)", "\\\\evil"]
)
def test_a_login_leads_nowhere_else(target: str, by_file: Access, site: Sites) -> None:
    assert safe_target(target, "/home") == "/home"
    assert log_in(site(by_file), next=target).headers["location"] == "/home"


def test_without_logins_the_page_leads_on(site: Sites) -> None:
    client = site(Access())
    assert client.get("/ssb/login").headers["location"] == "/home"
    assert log_in(client).headers["location"] == "/home"
    assert client.get("/ssb/me").json() == {"login": False, "name": None, "role": None}
    assert client.post("/ssb/logout", headers=HERE).headers["location"] == "/home"
    assert client.get("/ssb/login/start").status_code == 404


def test_a_provider_s_page_vouches_for_who_comes_back(by_provider: Access, provider: MadeProvider, site: Sites) -> None:
    with site(by_provider) as client:
        assert "organisation" in client.get("/ssb/login").text
        began = client.get("/ssb/login/start", params={"next": "/home"})
        asked = parse_qs(urlsplit(began.headers["location"]).query)
        assert asked["code_challenge_method"] == ["S256"] and asked["redirect_uri"] == ["http://127.0.0.1/ssb/login/back"]
        assert "SameSite=lax" in began.headers["set-cookie"]
        back = urlsplit(httpx.get(began.headers["location"]).headers["location"])
        assert client.get("/ssb/login/back", params={"code": "the-code", "state": "guessed"}).status_code == 401
        other = TestClient(client.app, base_url="http://127.0.0.1")  # another browser, which did not begin
        assert other.get(f"{back.path}?{back.query}").status_code == 401
        done = client.get(f"{back.path}?{back.query}")
        assert done.status_code == 200 and 'content="0;url=/home"' in done.text
        assert client.get("/home").text == "anna"
        assert client.get(f"{back.path}?{back.query}").status_code == 401  # a code is good once


def test_what_the_provider_refuses_stays_out(by_provider: Access, site: Sites) -> None:
    with site(by_provider) as client:
        began = client.get("/ssb/login/start")
        state = parse_qs(urlsplit(began.headers["location"]).query)["state"][0]
        for more in ({"error": "access_denied"}, {"code": "made up"}, {"code": "x", "iss": "https://evil.example"}):
            answer = client.get("/ssb/login/back", params={"state": state, **more})
            assert (answer.status_code, "did not let you in" in answer.text) == (401, True)
        assert client.get("/home").status_code == 401
