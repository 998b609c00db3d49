"""A few of the requests of benchmarks/fuzz_routes.py to the real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fuzz_routes import NAMES, fuzz_routes


@pytest.mark.parametrize("login", [None, "annotator"])
def test_no_request_ends_in_a_servers_error_or_a_file_outside(checkpoint: Path, tmp_path: Path, login: str | None) -> None:
    pytest.importorskip("schemathesis", reason="needs schemathesis, which needs Python 3.11")
    found = fuzz_routes(tmp_path, 1, 20.0, "fuzzing", login, checkpoint, NAMES[::2])
    assert found["by_hand"]["failures"] == []
    assert found["by_hand"]["requests"] > 400
    assert "401" not in found["by_hand"]["statuses"]
    assert found["files_outside"] == []
    assert found["schemathesis"]["exit_code"] == 0, found["schemathesis"]["summary"]
