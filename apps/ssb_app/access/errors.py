"""What the door refuses, each with its status."""

from __future__ import annotations

from ssb.errors import SSBError


class LoginError(SSBError):
    """Nobody is logged in, or the login cannot be believed."""

    status = 401


class ForbiddenError(SSBError):
    """Who asks is known, but may not do this."""

    status = 403


class TooManyAttemptsError(SSBError):
    """Too many logins have failed; `wait` is how many seconds to wait."""

    status = 429

    def __init__(self, wait: float) -> None:
        super().__init__(f"Too many logins have failed: try again in {max(1, round(wait / 60))} min.")
        self.wait = wait


class ProviderDownError(SSBError):
    """The identity provider does not answer as it should."""

    status = 503
