"""The Makefile and the pinned requirements."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # `make test` leaves its own settings in the environment, which a make inside it would take over.
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")}
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60, env=clean)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["demo"], ".venv/bin/python main.py demo"),
        (["demo", "KEEP=1"], ".venv/bin/python main.py demo --keep"),
        (["demo", "KEEP=0"], ".venv/bin/python main.py demo"),
        (["demo", "STUDIES=my ct", "POINT=1,2,3"], '.venv/bin/python main.py demo --studies "my ct" --point="1,2,3"'),
        (["serve", "STUDIES=ct", "PORT=8042"], '.venv/bin/python main.py serve --studies "ct" --port "8042"'),
        (["viewer", "PACS=http://pacs", "PORT=3001"], '.venv/bin/python main.py viewer --pacs "http://pacs" --port "3001"'),
        (["viewer", "PACS=http://pacs", "SERVER=http://s"], '.venv/bin/python main.py viewer --pacs "http://pacs" --server "http://s"'),
        (["review"], 'echo "NiiVue 0.69.0 is installed: open /ssb/review on a server that make serve started."'),
        (["test", "ARGS=-k ged"], ".venv/bin/python -m pytest --cov --cov-report=term -k ged"),
    ],
)
def test_variables_become_options(arguments: list[str], command: str) -> None:
    shown = make(ROOT, "--dry-run", *arguments).stdout.splitlines()[-1]
    assert " ".join(shown.split()) == command


def test_installs_once_and_takes_an_interrupted_install_up_again(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    assert "pip install" in make(tmp_path, "--dry-run", "demo").stdout
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    assert "pip install" in make(tmp_path, "--dry-run", "demo").stdout
    (tmp_path / ".venv" / ".installed").touch()
    assert "pip install" not in make(tmp_path, "--dry-run", "demo").stdout
    (tmp_path / "requirements.txt").write_text("numpy==1.26.4\n")
    assert "pip install" in make(tmp_path, "--dry-run", "demo").stdout


@pytest.mark.parametrize("python", ["", "no-such-python"])
def test_without_a_fitting_python_one_sentence(tmp_path: Path, python: str) -> None:
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    found = make(tmp_path, "demo", f"PYTHON={python}")
    assert found.returncode == 2
    assert found.stderr.splitlines()[0] == (
        "SSB Label needs Python 3.10, 3.11 or 3.12 with its venv module, but found none: "
        "install one, or name it with PYTHON=/path/to/python3."
    )
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("viewer", "OHIF is installed with npm, which comes with Node.js, but there is none: everything else works without it."),
        (
            "review",
            "NiiVue is installed with npm, which comes with Node.js, but there is none: "
            "everything but the page /ssb/review works without it.",
        ),
    ],
)
def test_without_node_one_sentence_says_so(tmp_path: Path, target: str, sentence: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "bin").mkdir()
    for program in ("bash", "sed"):
        (tmp_path / "bin" / program).symlink_to(shutil.which(program))
    command = [shutil.which("make"), "SHELL=" + shutil.which("bash"), target]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path / "bin")})
    assert found.returncode == 2
    assert found.stderr.splitlines()[0] == sentence
    assert not (tmp_path / f".{target}").exists()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-slicer.txt", "requirements-supply.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    assert lines
    assert [line for line in lines if not re.fullmatch(r'[A-Za-z0-9-]+==[0-9.]+(; python_version (<|>=) "3\.11")?', line)] == []
