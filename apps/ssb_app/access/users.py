"""The user file: who may log in at a site without an identity provider."""

from __future__ import annotations

import json
import os
import secrets
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from ssb.atomic import replaced
from ssb.errors import InputError, NotFoundError
from ssb_app.access.names import checked_name
from ssb_app.access.passwords import hash_password
from ssb_app.access.roles import NAMES, Role, role_named

FORMAT = 1


@dataclass(frozen=True)
class Kept:
    """One user. stamp: changes with password and role, which ends the tokens of before."""

    role: str
    password: str
    stamp: str


class UserFile:
    """Names, roles and hashed passwords in a JSON file of mode 600, written as a whole or not at all.

    Every method reads the file where it has changed, so a running server follows it. Raises InputError for a file that is none of ours
    or that others on this machine may read, and NotFoundError for a user who is not in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, int, int], dict[str, Kept]] | None = None

    def find(self, name: str) -> Kept | None:
        """The user of that name."""
        return self.users().get(normal(name))

    def users(self) -> dict[str, Kept]:
        """All of them by name, sorted; none where there is no file yet."""
        try:
            now = self.path.stat()
        except FileNotFoundError:
            return {}
        state = (now.st_mtime_ns, now.st_ino, now.st_size)
        if self._read is None or self._read[0] != state:
            check_private(self.path, "user file")
            self._read = (state, self._parse())
        return self._read[1]

    def add(self, name: str, role: str, password: str) -> None:
        """A new user; an InputError where there is one whose name differs in nothing or in capital letters only."""
        name = checked_name(normal(name))
        kept = Kept(role_named(role).name.lower(), hash_password(password, name), _stamp())
        with self._changing() as users:
            for other in users:
                if other.casefold() == name.casefold():
                    raise InputError(f"There is a user '{other}' already: give another name, or change that one's password or role.")
            users[name] = kept

    def remove(self, name: str) -> None:
        """The user may not log in any more, and who is logged in is so no longer."""
        with self._changing() as users:
            del users[self._there(name, users)]

    def set_role(self, name: str, role: str) -> None:
        """Another role, at once."""
        with self._changing() as users:
            name = self._there(name, users)
            users[name] = Kept(role_named(role).name.lower(), users[name].password, _stamp())

    def set_password(self, name: str, password: str) -> None:
        """Another password; who is logged in must log in again."""
        with self._changing() as users:
            name = self._there(name, users)
            users[name] = Kept(users[name].role, hash_password(password, name), _stamp())

    def role(self, name: str) -> Role | None:
        """The user's role."""
        kept = self.find(name)
        return None if kept is None else NAMES[kept.role]

    def _there(self, name: str, users: dict[str, Kept]) -> str:
        if normal(name) not in users:
            raise NotFoundError(f"There is no user '{name}' in '{self.path}'.")
        return normal(name)

    def _changing(self) -> _Changing:
        return _Changing(self)

    def _parse(self) -> dict[str, Kept]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError
            users = {name: Kept(**kept) for name, kept in content["users"].items()}
            if any(kept.role not in NAMES or not all(isinstance(text, str) for text in asdict(kept).values()) for kept in users.values()):
                raise ValueError
        except OSError as error:
            raise InputError(f"The user file '{self.path}' cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"The file '{self.path}' is no user file: `main.py users add` makes one.") from error
        return dict(sorted(users.items()))


class _Changing:
    """The users, to be changed while nobody else changes them; written when the block ends well."""

    def __init__(self, file: UserFile) -> None:
        self._file, self._lock = file, FileLock(f"{file.path}.lock", mode=0o600)

    def __enter__(self) -> dict[str, Kept]:
        if not self._file.path.parent.is_dir():
            raise NotFoundError(f"There is no folder '{self._file.path.parent}' for the user file.")
        self._lock.acquire()
        try:
            self._users = dict(self._file.users())
        except BaseException:
            self._lock.release()
            raise
        return self._users

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                content = {"format": FORMAT, "users": {name: asdict(kept) for name, kept in sorted(self._users.items())}}
                with replaced(self._file.path) as path:
                    path.touch(mode=0o600)
                    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        finally:
            self._lock.release()


def normal(name: str) -> str:
    """One form of a name that keyboards compose in several ways."""
    return unicodedata.normalize("NFC", name.strip())


def check_private(path: Path, what: str) -> None:
    """An InputError where others on this machine may read or change the file."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise InputError(f"The {what} '{path}' is open to others on this machine: close it with chmod 600.")


def _stamp() -> str:
    return secrets.token_hex(8)
