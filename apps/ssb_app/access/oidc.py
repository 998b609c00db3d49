"""Tokens of an identity provider: whose they are, once everything about them is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from ssb.errors import InputError
from ssb_app.access.errors import ForbiddenError, LoginError
from ssb_app.access.identity import Identity
from ssb_app.access.names import checked_name
from ssb_app.access.provider import Provider
from ssb_app.access.roles import NAMES, highest
from ssb_app.access.users import normal

LEEWAY = 30
"""Seconds by which clocks may differ (our choice)."""


@dataclass(frozen=True)
class OidcOptions:
    """How a site's provider is asked, and what its tokens say.

    audience: what `aud` of its access tokens must hold. client: our id there. roles, name: claims; `a#b` is the claim b inside a, as
    MONAI Label writes it (default: Keycloak's). secret: of the client, None for a public one.
    """

    issuer: str
    audience: str
    client: str
    roles: str = "realm_access#roles"
    name: str = "preferred_username"
    secret: str | None = field(default=None, repr=False)


class OidcTokens:
    """Reads the provider's tokens."""

    def __init__(self, options: OidcOptions, provider: Provider) -> None:
        self.options, self.provider = options, provider

    async def read(self, token: str) -> Identity:
        """Who an access token is about.

        Raises LoginError where it is not the issuer's, not for us, not valid now, or not signed with one of its keys; ForbiddenError for
        somebody without a role or with a name that no annotation can carry; and ProviderDownError.
        """
        claims = await self.claims(token, self.options.audience)
        role = highest(_words(_claim(claims, self.options.roles)))
        if role is None:
            raise ForbiddenError(f"Your login has none of the roles {', '.join(NAMES)}: ask for one.")
        name = _claim(claims, self.options.name)
        try:
            return Identity(checked_name(normal(str(name or ""))), role)
        except InputError as error:
            raise ForbiddenError(f"Your login's name cannot be a rater's. {error}") from error

    async def claims(self, token: str, audience: str) -> dict[str, Any]:
        """The claims of any of its tokens for that audience."""
        try:
            header = jwt.get_unverified_header(token)
            key = await self.provider.key(header.get("kid"))
            if key is None:
                raise LoginError("The token is signed with a key that the identity provider does not know.")
            return jwt.decode(
                token,
                key.key,
                algorithms=key.algorithms,
                audience=audience,
                issuer=self.provider.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise LoginError("Your login has ended: log in again.") from error
        except jwt.PyJWTError as error:
            raise LoginError("The token is not valid: log in again.") from error


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    found: Any = claims
    for part in path.split("#"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
