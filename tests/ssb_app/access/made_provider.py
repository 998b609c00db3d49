"""An identity provider of our own on this machine: discovery, keys, the password grant and the code flow."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

AUDIENCE, CLIENT = "ssb", "ssb-pages"
PASSWORD = "the provider's own password"


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class MadeProvider:
    """keys: by kid, all published but those of `hidden`. asked: paths in the order of their requests."""

    issuer: str
    keys: dict[str, rsa.RSAPrivateKey]
    hidden: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)

    def token(self, name: str = "anna", role: str | None = "annotator", kid: str = "one", algorithm: str = "RS256", **changed: Any) -> str:
        """An access token as Keycloak writes it; `changed` claims that are None are left out."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": AUDIENCE, "sub": "7", "iat": now, "exp": now + 60, "preferred_username": name}
        claims |= {"realm_access": {"roles": ["offline_access", *([role] if role else [])]}}
        claims = {key: value for key, value in {**claims, **changed}.items() if value is not None}
        return jwt.encode(claims, self.keys[kid], algorithm, headers={"kid": kid})

    def jwks(self) -> dict[str, Any]:
        shown = {kid: key for kid, key in self.keys.items() if kid not in self.hidden}
        made = [json.loads(RSAAlgorithm.to_jwk(key.public_key())) | {"kid": kid, "use": "sig"} for kid, key in shown.items()]
        return {"keys": [*made, *self.others]}

    def public_pem(self) -> bytes:
        return self.keys["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def forged(token: str, algorithm: str, secret: bytes) -> str:
    """The token's claims under another algorithm: none, or HS256 with a secret that PyJWT itself would refuse."""
    header = {"alg": algorithm, "typ": "JWT", "kid": "one"}
    start = f"{_encoded(json.dumps(header).encode())}.{token.split('.')[1]}"
    signature = b"" if algorithm == "none" else hmac.new(secret, start.encode(), hashlib.sha256).digest()
    return f"{start}.{_encoded(signature)}"


@contextmanager
def running_provider() -> Iterator[MadeProvider]:
    """The provider, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.made = MadeProvider(f"http://127.0.0.1:{server.server_port}/realms/ward", {"one": rsa_key()})  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.made  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        made: MadeProvider = self.server.made  # type: ignore[attr-defined]
        found = urlsplit(self.path)
        path = found.path.removeprefix("/realms/ward")
        made.asked.append(path)
        if path == "/.well-known/openid-configuration":
            ends = {"jwks_uri": "keys", "token_endpoint": "token", "authorization_endpoint": "authorize"}
            self._answer({"issuer": made.issuer, **{name: f"{made.issuer}/{end}" for name, end in ends.items()}})
        elif path == "/keys":
            self._answer(made.jwks())
        elif path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(found.query).items()}
            made.codes["the-code"] = asked
            self.send_response(303)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({'code': 'the-code', 'state': asked['state']})}")
            self.end_headers()
        else:
            self._answer({}, 404)

    def do_POST(self) -> None:
        made: MadeProvider = self.server.made  # type: ignore[attr-defined]
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["content-length"])).decode()).items()}
        made.asked.append(f"{self.path.rpartition('/')[2]} {form['grant_type']}")
        if form["grant_type"] == "password" and (form["client_id"], form["password"]) == (CLIENT, PASSWORD):
            return self._answer({"access_token": made.token(form["username"]), "token_type": "Bearer"})
        began = made.codes.pop(form.get("code", ""), None)
        if began and _encoded(hashlib.sha256(form["code_verifier"].encode()).digest()) == began["code_challenge"]:
            about = made.token(aud=CLIENT, nonce=began["nonce"])
            return self._answer({"access_token": made.token("anna"), "id_token": about, "token_type": "Bearer"})
        self._answer({"error": "invalid_grant"}, 400)

    def _answer(self, content: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing to say."""


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
