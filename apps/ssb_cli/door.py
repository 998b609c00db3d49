"""Options of `serve` and `viewer` that say who may ask, and over which address."""

from __future__ import annotations

import argparse
import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ssb.errors import InputError

if TYPE_CHECKING:
    from ssb_app.access.access import Access
    from ssb_app.access.tls import Tls

ROLES, NAME = "realm_access#roles", "preferred_username"
SECRET = "SSB_OIDC_CLIENT_SECRET"


def add_door(parser: argparse.ArgumentParser) -> None:
    """How people log in, what else may ask, and https."""
    group = parser.add_argument_group("who may ask", "Without a login only this machine is answered.")
    group.add_argument("--users", metavar="FILE", type=Path, help="log in with the users of a file that `main.py users` writes")
    group.add_argument("--oidc", metavar="ISSUER", help="log in with an OpenID Connect provider, such as https://id.example/realms/ward")
    group.add_argument("--oidc-audience", metavar="AUD", help="what its access tokens are for (their `aud`)")
    group.add_argument("--oidc-client", metavar="ID", help=f"our client id there (default: AUD); its secret, if any, in {SECRET}")
    group.add_argument(
        "--oidc-roles",
        metavar="CLAIM",
        default=ROLES,
        help=f"where tokens name reader, annotator, reviewer or admin; a#b is b inside a (default: {ROLES})",
    )
    group.add_argument("--oidc-name", metavar="CLAIM", default=NAME, help=f"where they name the rater (default: {NAME})")
    group.add_argument(
        "--insecure", action="store_true", help="answer other machines without a login: only where a network keeps others out"
    )
    group.add_argument("--origin", metavar="URL", action="append", default=[], help="pages of this origin may ask too; repeatable")
    group.add_argument("--ssl-certfile", metavar="PEM", type=Path, help="certificate, for https without a reverse proxy")
    group.add_argument("--ssl-keyfile", metavar="PEM", type=Path, help="its private key")


def access_of(parsed: Namespace) -> Access:
    """What `add_door`'s options ask for; an InputError where they do not fit together."""
    from ssb_app.access.access import make_access
    from ssb_app.access.oidc import OidcOptions

    oidc = None
    if parsed.oidc:
        if not parsed.oidc_audience:
            raise InputError("The option --oidc needs --oidc-audience: tokens that are for another service must not open this one.")
        client = parsed.oidc_client or parsed.oidc_audience
        secret = os.environ.get(SECRET)
        oidc = OidcOptions(parsed.oidc, parsed.oidc_audience, client, parsed.oidc_roles, parsed.oidc_name, secret)
    elif parsed.oidc_audience or parsed.oidc_client:
        raise InputError("The options --oidc-audience and --oidc-client need --oidc ISSUER.")
    return make_access(parsed.users, oidc, parsed.origin, parsed.insecure)


def tls_of(parsed: Namespace) -> Tls:
    """The files for https."""
    from ssb_app.access.tls import Tls

    return Tls(parsed.ssl_certfile, parsed.ssl_keyfile)
