from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, File, Request, UploadFile
from fastapi.testclient import TestClient

from ssb.limits import Limits
from ssb_app import request_limits
from ssb_app.request_limits import limit_requests


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(request_limits, "limits", lambda: Limits(upload_bytes=1000, body_bytes=100))
    app = FastAPI()
    limit_requests(app)

    @app.post("/json")
    async def count(request: Request) -> int:
        return len(await request.body())

    @app.post("/file")
    def size(file: UploadFile = File()) -> int:  # noqa: B008 (FastAPI's way)
        return len(file.file.read())

    return TestClient(app)


def test_requests_within_their_limits_pass(client: TestClient) -> None:
    assert client.post("/json", content=b"x" * 100).json() == 100
    assert client.post("/file", files={"file": b"x" * 700}).json() == 700


def test_larger_ones_get_a_sentence(client: TestClient) -> None:
    for answer, most in ((client.post("/json", content=b"x" * 101), 100), (client.post("/file", files={"file": b"x" * 1000}), 1000)):
        assert answer.status_code == 413
        assert answer.json() == {"detail": f"The request has more than {most} bytes, which is the most that is taken of its kind."}


def test_bytes_are_counted_whatever_the_request_says(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield from [b"x" * 60] * 2

    assert client.post("/json", content=pieces()).status_code == 413
    assert client.post("/json", content=b"x", headers={"Content-Length": "-5"}).status_code == 413
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    parts = iter([head, b"x" * 600, b"x" * 600, b"\r\n--b--\r\n"])
    assert client.post("/file", content=parts, headers={"Content-Type": "multipart/form-data; boundary=b"}).status_code == 413
