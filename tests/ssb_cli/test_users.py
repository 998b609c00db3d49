"""The command `users`, and the options of `serve` and `viewer` that say who may ask."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ssb_app.access.passwords import fits
from ssb_app.access.reach import is_loopback
from ssb_app.access.users import UserFile
from ssb_app.server_process import free_port
from ssb_cli import main, users

PASSWORD = "ein schöner Morgen im Mai"


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code, and what is printed, of one command that is given PASSWORD."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nsecond line\n"))
    code = main(["users", *arguments])
    found = capsys.readouterr()
    return code, found.out + found.err


def test_a_user_from_the_first_day_to_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "users.json"
    of = ("--file", str(path))
    assert told(monkeypatch, capsys, "add", "anna", *of, "--password-stdin") == (0, "anna may log in as annotator.\n")
    assert len((tmp_path / "users.json.key").read_bytes()) == 32
    kept = UserFile(path).find("anna")
    assert kept is not None and fits(PASSWORD, kept.password)
    assert told(monkeypatch, capsys, "add", "Anna", *of, "--password-stdin")[0] == 2
    assert told(monkeypatch, capsys, "role", "anna", "reviewer", *of) == (0, "anna is reviewer now.\n")
    assert told(monkeypatch, capsys, "list", *of) == (0, "reviewer   anna\n")
    assert told(monkeypatch, capsys, "password", "anna", *of, "--password-stdin")[1].startswith("anna has another password")
    assert told(monkeypatch, capsys, "remove", "anna", *of) == (0, "anna may not log in any more; annotations stay.\n")
    assert told(monkeypatch, capsys, "remove", "anna", *of) == (2, f"There is no user 'anna' in '{path}'.\n")
    assert told(monkeypatch, capsys, "list", "--file", "nowhere") == (2, "There is no user file 'nowhere'.\n")


def test_the_password_is_asked_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "users.json"
    assert told(monkeypatch, capsys, "add", "anna", "--file", str(path)) == (
        2,
        "There is no terminal to ask for the password: give it on standard input, with --password-stdin.\n",
    )
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    typed = iter([PASSWORD, "another one"])
    monkeypatch.setattr(users, "getpass", lambda prompt: next(typed))
    assert main(["users", "add", "anna", "--file", str(path)]) == 2
    assert capsys.readouterr().err == "The two passwords differ: nothing is changed.\n"
    assert not path.exists()


NEEDS = "Other machines may reach the address 0.0.0.0, so people must log in there: give --users FILE or --oidc ISSUER, "


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--host", "0.0.0.0"], f"{NEEDS}or --insecure if the network keeps out whom you do not trust."),
        (["--users", "nowhere.json"], "There is no user in 'nowhere.json': add one with `main.py users add NAME --file nowhere.json`."),
        (
            ["--oidc", "https://id.example"],
            "The option --oidc needs --oidc-audience: tokens that are for another service must not open this one.",
        ),
        (["--oidc-audience", "ssb"], "The options --oidc-audience and --oidc-client need --oidc ISSUER."),
        (["--origin", "*"], "The origin is '*', but it must be such as https://viewer.hospital.example, without a path or a star."),
        (["--ssl-certfile", "a.pem"], "Give --ssl-certfile and --ssl-keyfile together."),
        (["--ssl-certfile", "a.pem", "--ssl-keyfile", "b.pem"], "There is no file 'a.pem' for https."),
    ],
)
def test_a_door_that_cannot_be_hung_is_one_sentence(
    options: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text("")
    where = ["--port", str(free_port()), *options]
    for command in (["serve", "--studies", str(tmp_path)], ["viewer", "--pacs", "http://pacs", "--ohif", str(tmp_path)]):
        assert main([*command, *where]) == 2
        assert capsys.readouterr().err == f"{sentence}\n"


def test_who_reaches_an_address() -> None:
    assert [host for host in ("127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost") if not is_loopback(host)] == []
    assert [host for host in ("0.0.0.0", "::", "192.168.7.1", "10.0.0.1", "no.such.host.invalid") if is_loopback(host)] == []
