"""A PACS that points elsewhere, and requests that ask for more than the PACS."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ssb_app import proxy_route
from ssb_app.pacs_client import Pacs, PacsError
from ssb_app.proxy_route import guard_proxy


class Answering(BaseHTTPRequestHandler):
    """Notes what it is asked, and points to `server.target` where that is set."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        length = int(self.headers.get("content-length", 0))
        self.rfile.read(length)
        target = self.server.target  # type: ignore[attr-defined]
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Type", "application/dicom+json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    do_POST = do_GET  # noqa: N815 (as http.server calls it)

    def log_message(self, *given: object) -> None:
        """Nothing."""


@pytest.fixture
def servers() -> Iterator[tuple[ThreadingHTTPServer, ThreadingHTTPServer]]:
    """A PACS, and another server."""
    made = [ThreadingHTTPServer(("127.0.0.1", 0), Answering) for _ in range(2)]
    for one in made:
        one.asked, one.target = [], None  # type: ignore[attr-defined]
        threading.Thread(target=one.serve_forever, daemon=True).start()
    yield made[0], made[1]
    for one in made:
        one.shutdown()
        one.server_close()


def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}/dicom-web"


@pytest.fixture
def client(servers: tuple[ThreadingHTTPServer, ThreadingHTTPServer], monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(proxy_route, "app_instance", lambda: SimpleNamespace(pacs=SimpleNamespace(address=address(servers[0]))))
    app = FastAPI()
    guard_proxy(app)
    proxy_route._proxy_to.cache_clear()
    with TestClient(app) as found:
        yield found


def test_searches_and_what_is_stored_reach_the_pacs_with_no_header_of_the_client(client, servers):
    head = {"Cookie": "session=secret", "Authorization": "Bearer secret"}
    assert client.get("/proxy/dicom/qido/studies?PatientID=1", headers=head).json() == []
    assert client.post("/proxy/dicom/wado/studies", content=b"x", headers={**head, "Content-Type": "multipart/related"}).status_code == 200
    assert [path.rstrip("?") for path, _ in servers[0].asked] == ["/dicom-web/studies?PatientID=1", "/dicom-web/studies"]
    assert not any({"cookie", "authorization"} & {name.lower() for name in headers} for _, headers in servers[0].asked)


@pytest.mark.parametrize(
    "path",
    ["%2e%2e/instances", "studies/%2e%2e/%2e%2e/tools/execute-script", "studies/..%2f..%2fsystem", "tools/shutdown", "http:%2f%2fx/studies",
     "@127.0.0.1/studies", "studies%00", "studies%0d%0aX: y", "studies\uff0f\uff0e\uff0e"],
)  # fmt: skip
@pytest.mark.parametrize("op", ["", "wado/", "qido/", "stow/"])
def test_nothing_but_dicomweb_of_the_pacs_is_reached(client, servers, op, path):
    for ask in (client.get, client.post):
        answer = ask(f"/proxy/dicom/{op}{path}")
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])
    assert servers[0].asked == servers[1].asked == []


def test_where_the_pacs_points_to_nobody_follows(client, servers):
    servers[0].target = address(servers[1]) + "/series"
    assert client.get("/proxy/dicom/wado/studies", follow_redirects=False).status_code == 302
    assert "location" not in client.get("/proxy/dicom/wado/studies", follow_redirects=False).headers
    with pytest.raises(PacsError):
        Pacs(address(servers[0])).series({})
    assert servers[1].asked == []


def test_a_pacs_may_point_to_itself(servers):
    servers[0].target = None
    assert Pacs(address(servers[0])).series({}) == []
