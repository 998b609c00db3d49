"""What the command line accepts, and the sentence for what it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ssb_cli import main
from ssb_cli.parser import build_parser, join_negative_values

ROOT = Path(__file__).resolve().parents[2]


def sentence_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line on stderr of a command that must fail with code 2 and print nothing else."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err.rstrip("\n")


def test_values_that_start_with_a_minus_are_values() -> None:
    assert join_negative_values(["sample", "x", "--point-mm", "-3.5,-4,5", "--seed", "-1", "-o", "out"]) == [
        "sample",
        "x",
        "--point-mm=-3.5,-4,5",
        "--seed=-1",
        "-o",
        "out",
    ]
    assert join_negative_values(["--keep", "-o", "-5"]) == ["--keep", "-o", "-5"]
    parsed = build_parser().parse_args(join_negative_values(["sample", "x", "--point-mm", "-.5,0,0", "-o", "out"]))
    assert parsed.point_mm == "-.5,0,0"


def test_points_may_be_repeated() -> None:
    parsed = build_parser().parse_args(["sample", "x", "--point", "1,2,3", "--inside", "1,1,1", "--inside", "2,2,2", "-o", "out"])
    assert (parsed.inside, parsed.outside) == (["1,1,1", "2,2,2"], [])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "The following arguments are required: COMMAND (see main.py --help)."),
        (("fly",), "Argument COMMAND: invalid choice: 'fly'"),
        (("sample", "x", "-o", "out"), "One of the arguments --point --point-mm --cohort is required (see main.py sample --help)."),
        (("sample", "x", "--point", "1,2,3"), "The following arguments are required: -o/--out (see main.py sample --help)."),
        (("sample", "x", "--point", "1,2,3", "--point-mm", "1,2,3", "-o", "out"), "Argument --point-mm: not allowed with argument --point"),
        (("sample", "x", "--point", "1,2,3", "-o", "out", "--colour", "red"), "Unrecognized arguments: --colour red (see main.py --help)."),
        (("serve",), "The following arguments are required: --studies (see main.py serve --help)."),
        (("evaluate", "--data", "lidc:x"), "The following arguments are required: -o/--out (see main.py evaluate --help)."),
    ],
)
def test_wrong_command_line_gets_one_sentence(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence_of(capsys, *arguments).startswith(sentence)


@pytest.mark.parametrize("command", ["demo", "serve", "sample", "train", "evaluate", "benchmark", "prepare", "raters", "models"])
def test_each_command_has_help(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"main.py {command}" in capsys.readouterr().out


def test_help_loads_no_heavy_package() -> None:
    code = "import sys, main\ntry: main.main(['--help'])\nexcept SystemExit: print(sorted({'torch', 'numpy', 'monai'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.splitlines()[-1] == "[]"


def test_as_a_program(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "serve", "--studies", str(tmp_path), "--port", "http"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == "The option --port is 'http', but it must be a whole number from 1 to 65535.\n"
