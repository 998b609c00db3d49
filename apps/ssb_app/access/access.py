"""How people log in at this site, and what each request's token says about who asks."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import jwt

from ssb.errors import InputError, NotFoundError
from ssb_app.access.attempts import Guard
from ssb_app.access.errors import LoginError
from ssb_app.access.identity import Identity
from ssb_app.access.oidc import OidcOptions, OidcTokens
from ssb_app.access.passwords import fits
from ssb_app.access.provider import Provider
from ssb_app.access.roles import NAMES
from ssb_app.access.same_origin import checked_origin
from ssb_app.access.sessions import ISSUER, Sessions, session_key
from ssb_app.access.users import UserFile, normal

logger = logging.getLogger(__name__)

WRONG = "The user's name or the password is wrong."

HASHES = 2
"""Passwords tried at once: each takes 64 MiB."""


@dataclass(frozen=True)
class Access:
    """users: who may log in with a password. oidc: the provider's tokens. sessions: our own. All three None where nobody logs in.

    insecure: whether other machines may ask without a login. origins: of other pages that may ask, closed to all others.
    """

    users: UserFile | None = None
    oidc: OidcTokens | None = None
    sessions: Sessions | None = None
    insecure: bool = False
    origins: tuple[str, ...] = ()
    guard: Guard = field(default_factory=Guard)
    _hashing: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(HASHES))

    @property
    def login(self) -> bool:
        """Whether people must log in."""
        return self.sessions is not None

    async def identify(self, token: str) -> Identity:
        """Who the token is about; raises what `Sessions.read` and `OidcTokens.read` raise."""
        if self.sessions is None:
            raise LoginError("There are no logins on this server.")
        try:
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except jwt.PyJWTError as error:
            raise LoginError("The token is not valid: log in again.") from error
        # This only chooses who looks at it: each verifies the issuer too, with keys and algorithms of its own.
        if issuer == ISSUER or self.oidc is None:
            return self.sessions.read(token)
        return await self.oidc.read(token)

    async def log_in(self, name: str, password: str, address: str) -> tuple[Identity, str]:
        """Who logs in with a password, and the token to go on with; a LoginError where it is wrong, a TooManyAttemptsError too often."""
        if self.sessions is None:
            raise LoginError("There are no logins on this server.")
        name = normal(name)
        self.guard.begin(name, address)
        try:
            found = await (self._by_file(name, password) if self.users else self._by_provider(name, password))
        except LoginError:
            # What nobody is called may be a password in the wrong field: it does not belong into a log.
            known = self.users is not None and self.users.find(name) is not None
            logger.warning(f"A login as {repr(name) if known else 'somebody unknown'} from {address} failed")
            raise
        self.guard.succeeded(name, address)
        return found

    async def _by_file(self, name: str, password: str) -> tuple[Identity, str]:
        assert self.users is not None and self.sessions is not None
        kept = self.users.find(name)
        hashed = None if kept is None else kept.password
        if not await anyio.to_thread.run_sync(fits, password, hashed, limiter=self._hashing) or kept is None:
            raise LoginError(WRONG)
        identity = Identity(name, NAMES[kept.role])
        return identity, self.sessions.issue(identity)

    async def _by_provider(self, name: str, password: str) -> tuple[Identity, str]:
        """By the password grant (RFC 6749, 4.3), which MONAI Label's clients need; a provider may refuse it."""
        assert self.oidc is not None
        options = self.oidc.options
        form = {"grant_type": "password", "client_id": options.client, "username": name, "password": password, "scope": "openid"}
        answer = await self.oidc.provider.post("token_endpoint", form, options.secret)
        try:
            token = str(answer.json()["access_token"]) if answer.is_success else None
        except (ValueError, KeyError, TypeError):
            token = None
        if token is None:
            raise LoginError(WRONG)
        return await self.oidc.read(token), token


def make_access(users: Path | None = None, oidc: OidcOptions | None = None, origins: Sequence[str] = (), insecure: bool = False) -> Access:
    """What a command line asks for; an InputError or NotFoundError where it cannot be had."""
    if users and oidc:
        raise InputError("Give --users or --oidc, not both: a name must not belong to two people.")
    if os.environ.get("MONAI_LABEL_AUTH_ENABLE", "").lower() in ("1", "true", "yes", "on"):
        raise InputError(
            "MONAI_LABEL_AUTH_ENABLE is MONAI Label's own login, which refuses every token: unset it, and use --users or --oidc."
        )
    listed = tuple(checked_origin(origin) for origin in origins)
    if users:
        file = UserFile(users)
        if not file.users():
            raise NotFoundError(f"There is no user in '{users}': add one with `main.py users add NAME --file {users}`.")
        return Access(users=file, sessions=Sessions(session_key(key_beside(users)), file), insecure=insecure, origins=listed)
    if oidc:
        tokens = OidcTokens(oidc, Provider(oidc.issuer))
        return Access(oidc=tokens, sessions=Sessions(session_key(own_key())), insecure=insecure, origins=listed)
    return Access(insecure=insecure, origins=listed)


def key_beside(users: Path) -> Path:
    """Where the key lies that signs the tokens of a user file."""
    return users.with_name(f"{users.name}.key")


def own_key() -> Path:
    """The same for a site with a provider: of the user who runs server and viewer."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "ssb-label" / "session.key"
