"""Who is in the user file of the tests, and how a token is sent."""

from __future__ import annotations

PASSED = 299
"""What the application behind a door answers."""

PASSWORD = "correct horse battery"
USERS = {"rosa": "reader", "anna": "annotator", "rene": "reviewer", "ada": "admin"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
