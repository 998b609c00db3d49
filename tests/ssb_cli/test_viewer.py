"""The command `viewer`, as far as it goes before it listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssb_cli import main

PACS = "http://127.0.0.1:8042/dicom-web"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--pacs", PACS, "--port", "0"], "The option --port is '0', but it must be a whole number from 1 to 65535."),
        (
            ["--pacs", PACS, "--ohif", "nowhere"],
            "OHIF is not in 'nowhere': install it with `make viewer` (needs Node.js), or name its folder with --ohif.",
        ),
    ],
)
def test_bad_input_gets_one_sentence(options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["viewer", *options]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--pacs", "studies"], "The PACS is 'studies', but it must be a DICOMweb address such as http://127.0.0.1:8042/dicom-web."),
        (["--pacs", PACS, "--server", "8000"], "The server is '8000', but it must be an address such as http://127.0.0.1:8000."),
    ],
)
def test_what_is_no_address_is_refused(options: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.html").write_text("")
    assert main(["viewer", *options, "--ohif", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{sentence}\n"
