"""Requests of other pages, of other machines, and by other names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ssb_app.access.access import Access, make_access
from ssb_app.access.door import Door, cors
from ssb_app.access.identity import Identity
from ssb_app.access.roles import Role
from ssb_app.access.table import SERVER, Table
from ssb_app.access.users import UserFile
from tests.ssb_app.access.people import PASSED, bearer

Doors = Callable[[Access], TestClient]
LABEL = "/datastore/label?image=x"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, PASSED),  # a program, such as 3D Slicer
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"}, PASSED),
        ({"Sec-Fetch-Site": "none"}, PASSED),
        ({"Origin": "http://127.0.0.1"}, PASSED),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:3000"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_from_elsewhere_changes_nothing(headers: dict[str, str], status: int, by_file: Access, door: Doors) -> None:
    assert door(Access()).put(LABEL, headers=headers).status_code == status
    token = by_file.sessions.issue(Identity("anna", Role.ANNOTATOR))
    assert door(by_file).put(LABEL, headers={**headers, **bearer(token)}).status_code == status
    by_cookie = status if headers else 403  # a browser says where it comes from
    assert door(by_file).put(LABEL, headers={**headers, "Cookie": f"ssb_session={token}"}).status_code == by_cookie
    assert door(by_file).get("/info/", headers={**headers, "Cookie": f"ssb_session={token}"}).status_code == PASSED


def test_a_listed_origin_may_ask(users: UserFile, door: Doors) -> None:
    access = make_access(users.path, origins=["https://viewer.example/"])
    headers = {
        "Origin": "https://viewer.example",
        "Sec-Fetch-Site": "cross-site",
        **bearer(access.sessions.issue(Identity("anna", Role.ANNOTATOR))),
    }
    assert door(access).put(LABEL, headers=headers).status_code == PASSED


def test_a_browser_is_told_which_origins_may_read(users: UserFile) -> None:
    access = make_access(users.path, origins=["https://viewer.example"])
    door = Middleware(Door, access=access, table=Table(SERVER))
    client = TestClient(Starlette(middleware=[*cors(access), door]), base_url="http://127.0.0.1")
    for origin, allowed in (("https://viewer.example", "https://viewer.example"), ("https://evil.example", None)):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        assert client.options("/infer/ssbpp", headers=asked).headers.get("access-control-allow-origin") == allowed
        assert client.get("/info/", headers={"Origin": origin}).headers.get("access-control-allow-origin") == allowed
    assert cors(Access()) == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("http://127.0.0.1:8000", PASSED),
        ("http://localhost:8000", PASSED),
        ("http://[::1]:8000", PASSED),
        ("http://192.168.7.1:8000", 403),
        ("http://rebound.example", 403),
    ],
)
def test_without_logins_only_this_machine_is_answered(address: str, status: int, door: Doors) -> None:
    client = door(Access())
    client.base_url = address
    answer = client.get("/info/")
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["detail"].startswith("Without logins only this machine is answered")


def test_a_name_that_was_pointed_at_this_machine_is_refused(door: Doors) -> None:
    assert door(Access()).get("/info/", headers={"Host": "rebound.example"}).status_code == 403
    trusting = Access(insecure=True, origins=("http://ssb.ward.example:8000",))
    hosts = ("server:8000", "192.168.7.1:8000", "[fe80::1]:8000", "ssb.ward.example:8000", "rebound.example", "[", "")
    found = [door(trusting).get("/info/", headers={"Host": host}).status_code for host in hosts]
    assert found == [PASSED] * 4 + [403] * 3


def test_a_page_leads_to_the_login_and_a_program_hears_401(by_file: Access, door: Doors) -> None:
    page = door(by_file).get("/ssb/review?x=1", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["location"]) == (303, "/ssb/login?next=%2Fssb%2Freview%3Fx%3D1")
    told = door(by_file).get("/info/")
    assert (told.status_code, told.json(), told.headers["www-authenticate"]) == (401, {"detail": "Log in first."}, "Bearer")


def test_a_role_that_is_too_low_is_told_so(by_file: Access, door: Doors) -> None:
    token = bearer(by_file.sessions.issue(Identity("rosa", Role.READER)))
    answer = door(by_file).put(LABEL, headers=token)
    assert answer.json()["detail"] == "You may not do that: it needs the role annotator, you are reader."


def test_who_is_removed_or_changed_is_out_at_once(by_file: Access, users: UserFile, door: Doors) -> None:
    users.add("gast", "reader", "a guest who will leave")
    token = bearer(by_file.sessions.issue(Identity("gast", Role.READER)))
    assert door(by_file).get("/info/", headers=token).text == "gast"
    users.set_role("gast", "annotator")
    assert door(by_file).get("/info/", headers=token).status_code == 401
    token = bearer(by_file.sessions.issue(Identity("gast", Role.READER)))
    assert door(by_file).put(LABEL, headers=token).status_code == PASSED  # the file's role counts
    users.remove("gast")
    assert door(by_file).get("/info/", headers=token).status_code == 401


def test_there_is_no_other_way_in(door: Doors) -> None:
    with pytest.raises(WebSocketDisconnect), door(Access()).websocket_connect("/info/"):
        pass
