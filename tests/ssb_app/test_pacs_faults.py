"""A PACS that is slow, dies, or answers nonsense: each ends in a sentence, and a good answer afterwards is taken."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ssb.annotations.store import AnnotationStore
from ssb.errors import InputError, SSBError
from ssb_app import pacs_client
from ssb_app.pacs import PacsStudies
from ssb_app.pacs_client import Pacs, PacsError
from ssb_app.readiness import FRESH_SECONDS, Check, Readiness
from ssb_app.server_process import free_port

GOOD = [
    {
        "0020000D": {"vr": "UI", "Value": ["1.2"]},
        "0020000E": {"vr": "UI", "Value": ["1.2.3"]},
        "00080018": {"vr": "UI", "Value": ["1.2.3.4"]},
    }
]


class Made(BaseHTTPRequestHandler):
    """Answers as `answer`, a class attribute, says: status, type and content, or whatever it does to the connection itself."""

    answer: tuple[int, str, bytes] | Callable[[BaseHTTPRequestHandler], None]

    def do_GET(self) -> None:
        if callable(type(self).answer):
            type(self).answer(self)
            return
        status, kind, content = type(self).answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def made() -> Iterator[tuple[Pacs, type[Made]]]:
    class Own(Made):
        answer = (200, "application/dicom+json", json.dumps(GOOD).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Pacs(f"http://127.0.0.1:{server.server_port}/dicom-web"), Own
    server.shutdown()
    server.server_close()


def silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)


def cut(handler: BaseHTTPRequestHandler) -> None:
    """Half of the answer, then the connection is gone."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/dicom+json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'[{"0020000D"')
    handler.wfile.flush()
    handler.connection.close()


JSON = "application/dicom+json"
NOT_ONE = "answers, but not as a DICOMweb server does."


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (silent, "does not answer in time: try again later."),
        (cut, "does not answer: see that it runs"),
        ((503, "text/plain", b"starting"), "refuses the request: it answers with status 503."),
        ((401, "text/plain", b""), "refuses the request: it answers with status 401."),
        ((200, "text/html", b"<html>a login page</html>"), NOT_ONE),
        ((200, JSON, b"{"), NOT_ONE),
        ((200, JSON, b'{"a": 1}'), NOT_ONE),
        ((200, JSON, b"[1, 2]"), NOT_ONE),
        ((200, JSON, b'["text"]'), NOT_ONE),
        ((200, JSON, b"[{}]"), NOT_ONE),
        ((200, JSON, b'[{"0020000D": {"vr": "ZZ", "Value": [{}]}}]'), NOT_ONE),
        ((200, JSON, b'[{"0020000E": {"vr": "UI", "Value": ["1.2.3"]}}]'), NOT_ONE),
        ((200, JSON, bytes(range(256))), NOT_ONE),
    ],
    ids=str,
)
def test_each_fault_is_a_sentence_and_the_next_good_answer_is_taken(made, monkeypatch, answer, sentence):
    pacs, handler = made
    monkeypatch.setattr(pacs_client, "TIMEOUT", (0.5, 0.5))
    good, handler.answer = handler.answer, answer
    for ask in (lambda: pacs.series({"Modality": "CT"}), lambda: pacs.instances({"Modality": "SEG"})):
        with pytest.raises(PacsError) as caught:
            ask()
        assert sentence in str(caught.value) and str(caught.value).startswith(("The PACS at", "The address"))
        assert caught.value.status == 502
    handler.answer = good
    assert [one.SeriesInstanceUID for one in pacs.series({})] == ["1.2.3"]
    assert [one.uid for one in pacs.instances({})] == ["1.2.3.4"]
    pacs.reach()


def test_a_dead_one_is_a_sentence(monkeypatch):
    pacs = Pacs(f"http://127.0.0.1:{free_port()}/dicom-web")
    for ask in (lambda: pacs.series({}), pacs.reach):
        with pytest.raises(PacsError, match="does not answer: see that it runs"):
            ask()


@pytest.mark.parametrize(
    "answer",
    [
        (200, 'multipart/related; type="application/dicom"; boundary=b', b"--b\r\n\r\nno DICOM\r\n--b--"),
        (200, "multipart/related", b"no boundary"),
        (200, JSON, b"[]"),
    ],
    ids=str,
)
def test_nonsense_instead_of_images_is_a_sentence(made, tmp_path: Path, answer):
    pacs, handler = made
    handler.answer = answer
    with pytest.raises(SSBError) as caught:
        pacs.download("1.2", "1.2.3", tmp_path / "series")
    assert isinstance(caught.value, (InputError, PacsError))


def test_copies_that_a_dead_pacs_missed_are_made_with_the_next_one(monkeypatch, tmp_path):
    studies = PacsStudies(Pacs(f"http://127.0.0.1:{free_port()}/dicom-web"), tmp_path / "cache", AnnotationStore(tmp_path / "store"))
    alive, copied = [False], []

    def copy(image: str) -> None:
        if not alive[0] or image == "broken":
            raise PacsError("The PACS does not answer.")
        copied.append(image)

    monkeypatch.setattr(studies, "_copy", copy)
    for image in ("b", "a", "broken"):
        studies._copy_to_pacs(image)
    alive[0] = True
    studies._copy_to_pacs("c")
    assert copied == ["c", "a", "b"]
    studies._copy_to_pacs("d")
    assert copied == ["c", "a", "b", "d"]


def test_readiness_asks_a_slow_pacs_once_and_lets_nobody_else_wait():
    asked = threading.Event()
    calls: list[float] = []

    def slow() -> Check:
        calls.append(time.monotonic())
        if len(calls) > 1:
            asked.set()
            time.sleep(0.5)
        return Check(len(calls) == 1, "It answers.")

    readiness = Readiness({"pacs": slow})
    assert readiness.now()["ready"]
    assert readiness.now()["ready"] and len(calls) == 1
    readiness._time -= FRESH_SECONDS
    first = threading.Thread(target=readiness.now)
    first.start()
    asked.wait(5)
    started = time.monotonic()
    assert readiness.now()["ready"]  # the last answer
    assert time.monotonic() - started < 0.3
    first.join()
    assert not readiness.now()["ready"]
    assert len(calls) == 2
