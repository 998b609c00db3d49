"""What a provider's tokens and keys may be, and when it is asked."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from ssb.errors import InputError, SSBError
from ssb_app.access.access import Access, make_access
from ssb_app.access.errors import ForbiddenError, LoginError, ProviderDownError
from ssb_app.access.identity import Identity
from ssb_app.access.oidc import OidcOptions, OidcTokens
from ssb_app.access.provider import RETRY_SECONDS, Provider
from ssb_app.access.roles import Role
from ssb_app.server_process import free_port
from tests.ssb_app.access.made_provider import AUDIENCE, CLIENT, PASSWORD, MadeProvider, rsa_key, running_provider


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def reader_of(made: MadeProvider, clock: Clock | None = None, **options: Any) -> OidcTokens:
    return OidcTokens(OidcOptions(made.issuer, AUDIENCE, CLIENT, **options), Provider(made.issuer, clock=clock or Clock()))


def read(tokens: OidcTokens, token: str) -> Identity:
    return asyncio.run(tokens.read(token))


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256"])
def test_a_good_token_names_who_asks(provider: MadeProvider, algorithm: str) -> None:
    assert read(reader_of(provider), provider.token(" Åsa Ek", "reviewer", algorithm=algorithm)) == Identity("Åsa Ek", Role.REVIEWER)


def test_roles_come_from_the_claim_that_the_site_names(provider: MadeProvider) -> None:
    nested = reader_of(provider, roles="https://ssb/app#roles")
    assert read(nested, provider.token(**{"https://ssb/app": {"roles": "reader, monailabel-admin"}})).role is Role.ADMIN
    with pytest.raises(ForbiddenError, match=r"^Your login has none of the roles reader, annotator, reviewer, admin: ask for one\.$"):
        read(nested, provider.token())
    for odd in ({"roles": {"admin": 1}}, {"roles": [["admin"]]}, "admin", None):
        with pytest.raises(ForbiddenError):
            read(reader_of(provider), provider.token(realm_access=odd))


@pytest.mark.parametrize("name", ["../x", "unknown", "A^B", "", None, "DOM\\u", "x" * 63])
def test_a_name_that_no_annotation_can_carry_is_refused(provider: MadeProvider, name: Any) -> None:
    with pytest.raises(ForbiddenError, match=r"^Your login's name cannot be a rater's"):
        read(reader_of(provider), provider.token(name))


def test_a_new_key_is_taken_up_and_made_up_ones_do_not_make_us_flood_the_provider() -> None:
    with running_provider() as made:
        clock = Clock()
        tokens = reader_of(made, clock)
        read(tokens, made.token())
        assert made.asked == ["/.well-known/openid-configuration", "/keys"]
        made.keys["two"] = rsa_key()
        with pytest.raises(LoginError):
            read(tokens, made.token(kid="two"))  # too soon to look again
        clock.now += RETRY_SECONDS
        assert read(tokens, made.token(kid="two")).name == "anna"
        made.keys["three"] = rsa_key()
        made.hidden.add("three")
        for _ in range(50):
            with pytest.raises(LoginError, match="a key that the identity provider does not know"):
                read(tokens, made.token(kid="three"))
        assert made.asked.count("/keys") == 2
        clock.now += RETRY_SECONDS
        made.hidden.add("one")  # withdrawn
        with pytest.raises(LoginError):
            read(tokens, made.token(kid="three"))
        with pytest.raises(LoginError):
            read(tokens, made.token(kid="one"))


def test_other_kinds_of_keys() -> None:
    with running_provider() as made:
        curve = ec.generate_private_key(ec.SECP256R1())
        public = ECAlgorithm.to_jwk(curve.public_key(), as_dict=True)
        secret = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ", "kid": "shared"}
        made.others = [
            {**public, "kid": "curve", "alg": "ES256"},
            secret,
            {"kty": "RSA", "kid": "broken"},
            {**public, "kid": "enc", "use": "enc"},
        ]
        claims = jwt.decode(made.token(), options={"verify_signature": False})
        tokens = reader_of(made)
        assert read(tokens, jwt.encode(claims, curve, "ES256", headers={"kid": "curve"})).name == "anna"
        for kid, key, algorithm in (
            ("shared", b"secret-secret-secret-secret-1234", "HS256"),
            ("enc", curve, "ES256"),
            ("one", curve, "ES256"),
        ):
            with pytest.raises(LoginError):
                read(tokens, jwt.encode(claims, key, algorithm, headers={"kid": kid}))


def test_a_provider_that_is_away_is_said_so_and_not_asked_all_the_time() -> None:
    clock = Clock()
    away = f"http://127.0.0.1:{free_port()}/realms/ward"
    tokens = OidcTokens(OidcOptions(away, AUDIENCE, CLIENT), Provider(away, clock=clock))
    token = jwt.encode({"iss": away, "aud": AUDIENCE, "exp": time.time() + 60}, b"k" * 32)
    for _ in range(2):
        with pytest.raises(ProviderDownError, match=f"^The identity provider {away} does not answer as it should: try again soon"):
            read(tokens, token)


def test_keys_outlive_a_provider_that_goes_away() -> None:
    clock = Clock()
    with running_provider() as made:
        tokens, token = reader_of(made, clock), made.token()
        read(tokens, token)
    clock.now += 5000
    assert read(tokens, token).name == "anna"


def test_a_provider_under_another_name_is_not_believed(provider: MadeProvider) -> None:
    other = provider.issuer.replace("127.0.0.1", "localhost")
    with pytest.raises(ProviderDownError, match="calls itself"):
        read(OidcTokens(OidcOptions(other, AUDIENCE, CLIENT), Provider(other)), provider.token())


@pytest.mark.parametrize("issuer", ["http://id.example/realms/ward", "ftp://x", "id.example", "file:///etc/passwd", "https://"])
def test_an_issuer_is_asked_over_https_alone(issuer: str) -> None:
    with pytest.raises(InputError, match="it must be an https:// address"):
        Provider(issuer)


def test_the_password_grant_of_stock_clients(by_provider: Access, provider: MadeProvider) -> None:
    identity, token = asyncio.run(by_provider.log_in("anna", PASSWORD, "127.0.0.1"))
    assert identity == asyncio.run(by_provider.identify(token)) == Identity("anna", Role.ANNOTATOR)
    with pytest.raises(LoginError, match="The user's name or the password is wrong"):
        asyncio.run(by_provider.log_in("anna", "no", "127.0.0.1"))


def test_users_and_a_provider_exclude_each_other(provider: MadeProvider, users: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    options = OidcOptions(provider.issuer, AUDIENCE, CLIENT)
    with pytest.raises(InputError, match=r"^Give --users or --oidc, not both"):
        make_access(users.path, options)
    monkeypatch.setenv("MONAI_LABEL_AUTH_ENABLE", "true")
    with pytest.raises(SSBError, match=r"^MONAI_LABEL_AUTH_ENABLE is MONAI Label's own login"):
        make_access(users.path)
