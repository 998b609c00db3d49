"""Logging in on the identity provider's own page: the authorization code flow with PKCE (OpenID Connect Core 3.1, RFC 7636)."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ssb.errors import NotFoundError
from ssb_app.access.cookie import keep
from ssb_app.access.errors import LoginError
from ssb_app.access.same_origin import safe_target

if TYPE_CHECKING:
    from ssb_app.access.access import Access

COOKIE = "ssb_login"
SECONDS = 600
"""How long somebody may take on the provider's page (our choice)."""


class CodeFlow:
    """The way to the provider and back. path: where the provider sends people back to; a site registers it there."""

    def __init__(self, access: Access, path: str) -> None:
        self._access, self._path = access, path

    async def start(self, request: Request, home: str) -> Response:
        """To the provider's page. What its answer must match waits in a signed cookie of this browser."""
        oidc, sessions = self._access.oidc, self._access.sessions
        if oidc is None or sessions is None:
            raise NotFoundError("This site has no identity provider.")
        address = await oidc.provider.endpoint("authorization_endpoint")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {"response_type": "code", "client_id": oidc.options.client, "redirect_uri": self._back(request), "scope": "openid profile"}
        asked |= {"state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256"}
        answer = RedirectResponse(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", 303)
        target = safe_target(request.query_params.get("next", ""), home)
        kept = sessions.sign({"state": state, "nonce": nonce, "verifier": verifier, "next": target}, SECONDS, "login")
        # Lax: the provider's page leads back here, and a Strict cookie would not come along.
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, kept, max_age=SECONDS, httponly=True, samesite="lax", secure=secure, path=self._path)
        return answer

    async def back(self, request: Request, home: str) -> Response:
        """From the provider's page, with a code that it changes into tokens for us alone."""
        oidc, sessions = self._access.oidc, self._access.sessions
        if oidc is None or sessions is None:
            raise NotFoundError("This site has no identity provider.")
        told = request.query_params
        began = sessions.claims(request.cookies.get(COOKIE, ""), "login")
        if not secrets.compare_digest(told.get("state", ""), str(began["state"])):
            raise LoginError("This login was begun elsewhere: begin again.")
        if told.get("iss", oidc.provider.issuer) != oidc.provider.issuer or "code" not in told:
            raise LoginError("The identity provider did not let you in.")
        tokens = await self._tokens(request, told["code"], str(began["verifier"]))
        about = await oidc.claims(str(tokens.get("id_token", "")), oidc.options.client)
        if about.get("nonce") != began["nonce"]:
            raise LoginError("The identity provider's answer belongs to another login: begin again.")
        identity = await oidc.read(str(tokens.get("access_token", "")))
        # A page of ours that goes on by itself: the browser holds a Strict cookie back where the provider's page leads straight there.
        target = escape(str(began["next"]))
        text = f'<!doctype html><meta http-equiv="refresh" content="0;url={target}"><a href="{target}">Go on</a>'
        answer = HTMLResponse(text, headers={"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'"})
        keep(request, answer, sessions.issue(identity))
        answer.delete_cookie(COOKIE, path=self._path)
        return answer

    async def _tokens(self, request: Request, code: str, verifier: str) -> dict[str, Any]:
        oidc = self._access.oidc
        assert oidc is not None
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._back(request), "code_verifier": verifier}
        answer = await oidc.provider.post("token_endpoint", {**form, "client_id": oidc.options.client}, oidc.options.secret)
        try:
            found = answer.json() if answer.is_success else None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise LoginError("The identity provider did not let you in.")
        return found

    def _back(self, request: Request) -> str:
        return f"{request.url.scheme}://{request.url.netloc}{self._path}"
