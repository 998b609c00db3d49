"""An OpenID Connect identity provider: its addresses and its keys, fetched from the configured issuer alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt

from ssb.errors import InputError
from ssb_app.access.errors import ProviderDownError
from ssb_app.access.reach import is_loopback

TIMEOUT = httpx.Timeout(10.0)
"""Seconds."""

LARGEST = 1 << 20
"""Bytes of an answer."""

FRESH_SECONDS = 3600.0
"""How long addresses and keys are taken for good (our choice)."""

RETRY_SECONDS = 30.0
"""How soon the keys are asked for again because of a key that is not among them, or the provider after it failed (our choice): made-up
tokens must not make us flood it."""

ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}
"""What a key of each type may sign with. Asymmetric alone, and never `none`: whoever can read the public keys must not be able to sign."""


@dataclass(frozen=True)
class SigningKey:
    """key: of the library `cryptography`. algorithms: what a token may be signed with by it."""

    key: Any
    algorithms: list[str]


class Provider:
    """What `issuer` says about itself (OpenID Connect Discovery 1.0) and the public keys that it signs with (RFC 7517).

    Raises InputError where the issuer's address is not https (or http on this machine). Every method raises ProviderDownError where the
    provider does not answer, or not as it should.
    """

    def __init__(self, issuer: str, transport: httpx.AsyncBaseTransport | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        _check_address(issuer, "issuer")
        self.issuer = issuer.rstrip("/") if issuer.count("/") == 3 else issuer
        self._transport, self._clock, self._lock = transport, clock, asyncio.Lock()
        self._configuration: dict[str, Any] = {}
        self._keys: dict[str | None, SigningKey] = {}
        self._fetched = self._tried = -float("inf")

    async def endpoint(self, name: str) -> str:
        """An address that the provider states, such as token_endpoint."""
        await self._fresh(FRESH_SECONDS)
        found = self._configuration.get(name)
        if not isinstance(found, str):
            raise ProviderDownError(f"The identity provider {self.issuer} states no {name}.")
        return found

    async def key(self, number: str | None) -> SigningKey | None:
        """The public key of that `kid`, the only one where a token states none; unknown ones make us look again, once in RETRY_SECONDS."""
        await self._fresh(FRESH_SECONDS)
        if number not in self._keys:
            await self._fresh(RETRY_SECONDS)
        if number is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(number)

    async def post(self, endpoint: str, form: dict[str, str], secret: str | None) -> httpx.Response:
        """The answer to a form that is posted to one of its endpoints, with the client's secret where it has one (HTTP Basic)."""
        address = await self.endpoint(endpoint)
        auth = httpx.BasicAuth(form["client_id"], secret) if secret else None
        try:
            async with self._client() as client:
                return await client.send(client.build_request("POST", address, data=form), auth=auth)
        except httpx.HTTPError as error:
            raise self._down() from error

    async def _fresh(self, seconds: float) -> None:
        """Have addresses and keys that are not older than `seconds`; keys that were right are kept while the provider is away."""
        if self._clock() - self._fetched < seconds:
            return
        async with self._lock:
            now = self._clock()
            if now - self._fetched < seconds:
                return
            if now - self._tried < RETRY_SECONDS:
                if self._keys:
                    return
                raise self._down()
            self._tried = now
            try:
                configuration = await self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if configuration.get("issuer") != self.issuer:
                    raise ProviderDownError(f"The identity provider at {self.issuer} calls itself {configuration.get('issuer')!r}.")
                self._check_same_safety(configuration)
                keys = _keys_of(await self._get(configuration["jwks_uri"]))
            except (ProviderDownError, KeyError) as error:
                if self._keys:
                    return
                raise error if isinstance(error, ProviderDownError) else self._down() from error
            self._configuration, self._keys, self._fetched = configuration, keys, now

    def _check_same_safety(self, configuration: dict[str, Any]) -> None:
        """Addresses that it states are as safe as its own."""
        for name in ("jwks_uri", "token_endpoint", "authorization_endpoint"):
            if name in configuration:
                try:
                    _check_address(str(configuration[name]), name)
                except InputError as error:
                    raise ProviderDownError(str(error)) from error

    async def _get(self, address: str) -> dict[str, Any]:
        try:
            async with self._client() as client, client.stream("GET", address) as answer:
                answer.raise_for_status()
                content = bytearray()
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > LARGEST:
                        raise ProviderDownError(f"The identity provider answers with more than {LARGEST >> 20} MB at {address}.")
            found = httpx.Response(200, content=bytes(content)).json()
        except (httpx.HTTPError, ValueError) as error:
            raise self._down() from error
        if not isinstance(found, dict):
            raise self._down()
        return found

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(timeout=TIMEOUT, transport=self._transport, follow_redirects=False)

    def _down(self) -> ProviderDownError:
        return ProviderDownError(f"The identity provider {self.issuer} does not answer as it should: try again soon.")


def _keys_of(found: dict[str, Any]) -> dict[str | None, SigningKey]:
    """The keys for signatures by their `kid`; what we cannot use is left out, as RFC 7517 (5) asks."""
    keys: dict[str | None, SigningKey] = {}
    for one in found.get("keys", []):
        if not isinstance(one, dict) or one.get("kty") not in ALGORITHMS or one.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(one).key
        except jwt.PyJWTError:
            continue
        allowed = [name for name in ALGORITHMS[one["kty"]] if one.get("alg") in (None, name)]
        keys[one.get("kid")] = SigningKey(key, allowed)
    return keys


def _check_address(address: str, what: str) -> None:
    found = urlsplit(address)
    if found.scheme == "https" and found.hostname and not found.fragment:
        return
    if not (found.scheme == "http" and found.hostname and is_loopback(found.hostname)):
        raise InputError(
            f"The {what} of the identity provider is '{address}', but it must be an https:// address (http:// on this machine)."
        )
