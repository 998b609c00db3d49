"""Our own tokens: what a login with a password or on a page gives."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

import jwt

from ssb.errors import InputError
from ssb_app.access.errors import LoginError
from ssb_app.access.identity import Identity
from ssb_app.access.roles import NAMES, Role
from ssb_app.access.users import UserFile, check_private

ISSUER = "ssb-label"
SECONDS = 8 * 3600
"""How long a login of the user file lasts: a working day (our choice). It ends earlier where the user's role or password changes."""

PROVIDER_SECONDS = 3600
"""How long a login on a page lasts that an identity provider has vouched for (our choice: so long we do not see that it took it back)."""

_ALGORITHM = "HS256"


class Sessions:
    """Issues and reads tokens, signed with a key of this site's own. users: whom they are about, None where a provider vouches."""

    def __init__(self, key: bytes, users: UserFile | None = None) -> None:
        self._key, self._users = key, users

    def issue(self, identity: Identity) -> str:
        """A token for somebody who has just proven who it is."""
        claims: dict[str, Any] = {"sub": identity.name, "role": identity.role.name.lower()}
        kept = self._users and self._users.find(identity.name)
        return self.sign(claims | ({"stamp": kept.stamp} if kept else {}), SECONDS if self._users else PROVIDER_SECONDS, "session")

    def read(self, token: str) -> Identity:
        """Who it is about; a LoginError where it is not ours, has ended, or was taken back."""
        claims = self.claims(token, "session")
        if self._users is None:
            role: Role | None = NAMES.get(str(claims.get("role")))
        else:
            kept = self._users.find(str(claims["sub"]))
            role = NAMES[kept.role] if kept is not None and secrets.compare_digest(kept.stamp, str(claims.get("stamp", ""))) else None
        if role is None:
            raise LoginError("Your login has ended: log in again.")
        return Identity(str(claims["sub"]), role)

    def sign(self, claims: dict[str, Any], seconds: int, purpose: str) -> str:
        """A token with these claims, good for `seconds` and for one purpose."""
        now = int(time.time())
        return jwt.encode({**claims, "iss": ISSUER, "aud": purpose, "iat": now, "exp": now + seconds}, self._key, _ALGORITHM)

    def claims(self, token: str, purpose: str) -> dict[str, Any]:
        """The claims of a token that `sign` gave for that purpose; a LoginError otherwise."""
        try:
            return jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                audience=purpose,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "iss", "aud"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise LoginError("Your login has ended: log in again.") from error
        except jwt.PyJWTError as error:
            raise LoginError("The token is not valid: log in again.") from error


def session_key(path: Path) -> bytes:
    """The key in that file, made where there is none: 32 random bytes, mode 600. An InputError where it cannot be used."""
    try:
        if not path.exists():
            _make(path)
        check_private(path, "key file")
        key = path.read_bytes()
    except OSError as error:
        raise InputError(f"The key file '{path}' cannot be used: {(error.strerror or str(error)).lower()}.") from error
    if len(key) != 32:
        raise InputError(f"The key file '{path}' is broken: remove it, and everybody logs in again.")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # of mode 600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
        os.link(name, path)
    except FileExistsError:
        pass  # the server and the viewer were started at once: the first one's counts
    finally:
        os.unlink(name)
