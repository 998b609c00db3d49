"""Some hundred broken files of each kind; benchmarks/fuzz_readers.py reads many more. In a process of its own: it watches all that runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.fuzz_readers import joined

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fuzz_readers.py"


def test_readers_give_values_or_sentences_and_a_second_call_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--inputs", "150", "-o", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    found = json.loads((tmp_path / "fuzz_readers.json").read_text())
    assert {kind: one["failures"] for kind, one in found.items()} == {kind: {} for kind in ("dicom", "nifti", "nrrd", "json")}
    assert done.returncode == 0, done.stderr[-2000:]
    for one in found.values():
        assert one["accepted"] > 5 and one["refused"] > 30 and one["accepted"] + one["refused"] == one["inputs"] == 150


def test_chunks_are_added() -> None:
    part = {"inputs": 2, "accepted": 1, "refused": 1, "failed": 0, "refused_by": {"InputError": 1}, "longest_seconds": 0.1,
            "peak_memory_mb": 5, "failures": {}}  # fmt: skip
    other = {**part, "longest_seconds": 0.3, "failed": 1, "failures": {"7": "why"}}
    whole = joined([part, other])
    assert (whole["inputs"], whole["longest_seconds"], whole["failures"], whole["refused_by"]) == (4, 0.3, {"7": "why"}, {"InputError": 2})
