"""The command `demo`, as far as it goes before the server starts; the whole road is tested with the app."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssb_cli import main


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--samples", "0"], "The option samples is '0', but it must be a whole number from 1 to 64."),
        (["--nfe", "101"], "The option nfe is '101', but it must be a whole number from 1 to 100."),
        (["--seed", "x"], "The option seed is 'x', but it must be a whole number from 0 to 2147483647."),
        (["--point", "1,2"], "The option --point holds '1,2', but a point is three numbers such as [231, 180, 42]."),
        (["--point", "1,2,nan"], "The option --point is '1,2,nan', but the demo clicks a voxel: three whole numbers such as 231,180,42."),
    ],
)
def test_bad_input_gets_one_sentence(options: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-o", str(tmp_path / "out"), *options]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"
    assert not (tmp_path / "out").exists()
