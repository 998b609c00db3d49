"""The user file, its passwords, its key and the tokens that rest on them."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ssb.errors import InputError, NotFoundError
from ssb_app.access.access import make_access
from ssb_app.access.errors import LoginError
from ssb_app.access.identity import Identity
from ssb_app.access.passwords import fits, hash_password
from ssb_app.access.roles import Role
from ssb_app.access.sessions import Sessions, session_key
from ssb_app.access.users import UserFile
from tests.ssb_app.access.people import PASSWORD, USERS

needs_modes = pytest.mark.skipif(os.name != "posix", reason="needs POSIX file modes")


def test_what_is_kept_is_private_and_no_password(users: UserFile) -> None:
    kept = json.loads(users.path.read_text())["users"]
    assert {name: one["role"] for name, one in kept.items()} == USERS
    assert all(one["password"].startswith("$argon2id$v=19$m=65536,t=3,") for one in kept.values())
    assert len({one["password"] for one in kept.values()}) == len(USERS)
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600


def test_passwords(users: UserFile) -> None:
    kept = users.find("anna")
    assert kept is not None and fits(PASSWORD, kept.password)
    assert not fits(f"{PASSWORD} ", kept.password)
    assert not fits(PASSWORD, None) and not fits("the password of a user who does not exist", None)
    assert not fits(PASSWORD, "no hash") and not fits("x" * 1000, kept.password)
    for password, reason in (
        ("short", "has 5 characters, but it must have 15 to 256"),
        ("x" * 257, "257"),
        ("Anna has a little lamb", "name"),
    ):
        with pytest.raises(InputError, match=reason):
            hash_password(password, "anna")


def test_one_letter_typed_in_two_ways_is_one(tmp_path: Path) -> None:
    file = UserFile(tmp_path / "users.json")
    file.add("A\u030asa", "reader", "ein schöner Morgen im Mai")
    kept = file.find("Åsa")
    assert kept is not None and fits("ein scho\u0308ner Morgen im Mai", kept.password)
    for same in ("Åsa", "åsa"):
        with pytest.raises(InputError, match="There is a user 'Åsa' already"):
            file.add(same, "reader", PASSWORD)


@pytest.mark.parametrize("name", ["../x", "", "unknown", "a^b", "x" * 63, "."])
def test_a_name_that_cannot_be_a_rater_is_refused_and_nothing_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        UserFile(tmp_path / "users.json").add(name, "reader", PASSWORD)
    assert not (tmp_path / "users.json").exists()


def test_refusals_name_what_is_wrong(tmp_path: Path, users: UserFile) -> None:
    with pytest.raises(InputError, match=r"^The role is 'root', but it must be one of reader, annotator, reviewer, admin\.$"):
        users.set_role("anna", "root")
    with pytest.raises(NotFoundError, match="There is no user 'x' in"):
        users.remove("x")
    with pytest.raises(NotFoundError, match="There is no folder"):
        UserFile(tmp_path / "no" / "users.json").add("anna", "reader", PASSWORD)
    with pytest.raises(NotFoundError, match=r"There is no user in '.*': add one with"):
        make_access(tmp_path / "none.json")
    for content in ("", "[]", '{"format": 2}', '{"format": 1, "users": {"a": {"role": "root", "password": "x", "stamp": ""}}}'):
        (tmp_path / "odd.json").write_text(content)
        (tmp_path / "odd.json").chmod(0o600)
        with pytest.raises(InputError, match=r"is no user file: `main.py users add` makes one"):
            UserFile(tmp_path / "odd.json").users()


@needs_modes
def test_files_that_others_can_read_are_refused(tmp_path: Path) -> None:
    users, key = tmp_path / "users.json", tmp_path / "key"
    users.write_text('{"format": 1, "users": {}}')
    users.chmod(0o640)
    with pytest.raises(InputError, match="is open to others on this machine: close it with chmod 600"):
        UserFile(users).users()
    session_key(key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o604)
    with pytest.raises(InputError, match="chmod 600"):
        session_key(key)


def test_server_and_viewer_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: session_key(tmp_path / "key"), range(32)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(InputError, match="is broken: remove it"):
        session_key(tmp_path / "key")


def test_a_token_is_good_for_one_purpose_and_one_key() -> None:
    ours = Sessions(b"k" * 32)
    token = ours.issue(Identity("anna", Role.ANNOTATOR))
    assert ours.read(token) == Identity("anna", Role.ANNOTATOR)
    with pytest.raises(LoginError, match="not valid"):
        Sessions(b"l" * 32).read(token)
    with pytest.raises(LoginError, match="not valid"):
        ours.claims(token, "login")
    with pytest.raises(LoginError, match="has ended"):
        ours.read(ours.sign({"sub": "anna", "role": "root"}, 60, "session"))
