"""The files that make a server speak https."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from ssb.errors import InputError


@dataclass(frozen=True)
class Tls:
    """certfile: the certificate and those it rests on, PEM. keyfile: its private key, PEM without a password. Both or none."""

    certfile: Path | None = None
    keyfile: Path | None = None

    def check(self) -> None:
        """An InputError where they do not fit; uvicorn would say so only after everything is loaded."""
        if (self.certfile is None) != (self.keyfile is None):
            raise InputError("Give --ssl-certfile and --ssl-keyfile together.")
        if self.certfile is None or self.keyfile is None:
            return
        for path in (self.certfile, self.keyfile):
            if not path.is_file():
                raise InputError(f"There is no file '{path}' for https.")
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certfile, self.keyfile, lambda: "")
        except (ssl.SSLError, OSError) as error:
            raise InputError(
                f"The certificate '{self.certfile}' and the key '{self.keyfile}' cannot be used: they must be PEM and belong "
                "together, and the key must have no password."
            ) from error


NO_TLS = Tls()
"""Plain http."""
