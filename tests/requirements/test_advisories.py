"""What the audit makes of pip-audit's answers."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from advisories import known_advisories, unreachable, verdict

ROOT = Path(__file__).resolve().parents[2]
SOUND = {"name": "numpy", "version": "1.26.4", "vulns": []}
HURT = {
    "name": "monailabel",
    "version": "0.8.5",
    "vulns": [{"id": "GHSA-1", "aliases": ["CVE-1"], "fix_versions": []}, {"id": "PYSEC-2", "aliases": [], "fix_versions": ["0.9"]}],
}


def test_a_new_advisory_fails_and_a_known_one_tells_its_reason() -> None:
    lines, failed = verdict([[SOUND, HURT], [SOUND]], {"CVE-1": "not reached"})
    assert failed
    assert lines == [
        "monailabel 0.8.5: CVE-1 / GHSA-1: known: not reached",
        "monailabel 0.8.5: PYSEC-2: NEW, fixed in 0.9",
        "2 of 2 packages audited, 1 new advisories.",
    ]
    assert not verdict([[SOUND, HURT]], {"CVE-1": "not reached", "PYSEC-2": "not reached"})[1]


def test_what_was_not_audited_is_said_and_never_passes_for_sound() -> None:
    skipped = {"name": "torch", "skip_reason": "not found"}
    lines, failed = verdict([[skipped]], {})
    assert failed
    assert lines == ["torch: not audited: not found", "0 of 1 packages audited, 0 new advisories."]
    assert not verdict([[SOUND, skipped]], {})[1]


def test_a_known_advisory_that_is_gone_is_said() -> None:
    assert verdict([[SOUND]], {"CVE-9": "why"})[0][0] == "CVE-9 in known-advisories.txt was not met: it may be taken out."


def test_every_known_advisory_has_a_reason() -> None:
    assert all(known_advisories((ROOT / "requirements/known-advisories.txt").read_text()).values())
    with pytest.raises(SystemExit, match=r"gives no reason for CVE-1\.$"):
        known_advisories("# why\nCVE-1\n")


@pytest.fixture
def index() -> Iterator[str]:
    """An index of packages that answers /good with an advisory, /none without, /else with no JSON, and other pages with 404."""
    pages = {"/good": json.dumps({"vulnerabilities": [{"id": "X"}]}), "/none": json.dumps({"vulnerabilities": []}), "/else": "<html>"}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in pages else 404)
            self.end_headers()
            self.wfile.write(pages.get(self.path, "").encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_an_audit_is_made_only_where_advisories_are_answered(index: str) -> None:
    assert unreachable(f"{index}/good") == ""
    assert unreachable(f"{index}/none") == "the answer holds none"
    assert unreachable(f"{index}/gone") == "Not Found"
    assert unreachable(f"{index}/else") != ""
    assert "refused" in unreachable("http://127.0.0.1:9/")
