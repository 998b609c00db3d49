"""What the server writes into the audit log: a line for each request that shows or changes something of a patient.

`note` is how the code that answers a request adds what only it knows, such as the version that was kept, wherever it runs.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

from monailabel.endpoints.user.auth import DEFAULT_USER

from ssb.annotations.annotation import UNKNOWN
from ssb.audit import AuditLog, Entry

logger = logging.getLogger(__name__)

QUIET = frozenset(
    {
        "/",
        "/docs",
        "/openapi.json",
        "/favicon.ico",
        "/static",
        "/auth/",
        "/info/",
        "/logs/",
        "/train/",
        "/scoring/",
        "/batch/infer/",
        "/ohif/{path}",
    }
    | {"/ssb/health", "/ssb/ready", "/ssb/metrics", "/ssb/stats", "/ssb/progress/{word}", "/ssb/models", "/ssb/models/{name}"}
    | {"/ssb/review", "/ssb/review/niivue.js", "/ssb/review/{name}"}
)
"""Routes whose GET shows nothing of a patient. All others are recorded, those that nobody has thought of yet too."""

OTHER = "other"
"""Route of a request that fits none."""

_SERIES = re.compile(r"series/([0-9.]+)")
_facts: ContextVar[dict[str, Any] | None] = ContextVar("facts of the request", default=None)


@contextmanager
def noting() -> Iterator[dict[str, Any]]:
    """What `note` is told inside the block, in the threads that serve it too."""
    facts: dict[str, Any] = {}
    token = _facts.set(facts)
    try:
        yield facts
    finally:
        _facts.reset(token)


def note(**facts: int | str | None) -> None:
    """Add facts to the line of the request that is served here, if any: who, image, or any detail. None and "" say nothing."""
    found = _facts.get()
    if found is not None:
        found.update({key: value for key, value in facts.items() if value is not None and value != ""})


def user_of(scope: Mapping[str, Any]) -> str | None:
    """The name of the user who is logged in: what the login put into the request's state as `user`; None without a login."""
    user = scope.get("state", {}).get("user")
    if user == DEFAULT_USER:  # whom MONAI Label takes everybody for where there is no login
        return None
    name = getattr(user, "username", user)
    return str(name) if name else None


def route_of(scope: Mapping[str, Any]) -> str:
    """The template of the route that a request went to, such as /ssb/models/{name}, without converters."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return "/static" if str(scope.get("path", "")).startswith("/static/") else OTHER
    return re.sub(r":[a-z]+}", "}", path)


def is_recorded(method: str, route: str, status: int) -> bool:
    """Whether a request belongs into the log: what changes something, what shows something of a patient, and refused logins."""
    changes = method not in ("GET", "HEAD", "OPTIONS")
    return changes or status in (401, 403) or (method != "OPTIONS" and route not in QUIET and route != OTHER)


def entry_of(scope: MutableMapping[str, Any], status: int, facts: Mapping[str, Any]) -> Entry:
    """The line of a request that was answered with `status`."""
    route = route_of(scope)
    if route == OTHER and status in (401, 403):  # refused before the router saw it
        route = str(scope["path"])
    stated = {key: values[-1] for key, values in parse_qs(scope.get("query_string", b"").decode("latin-1")).items()}
    parts = scope.get("path_params", {})
    series = _SERIES.search(str(parts.get("path", "")))
    image = facts.get("image") or parts.get("image") or stated.get("image") or (series[1] if series else "")
    detail = {key: value for key, value in facts.items() if key not in ("who", "image")}
    detail |= {key: str(parts[key]) for key in ("name", "set_id", "rater", "model", "strategy") if key in parts and key not in detail}
    detail |= {key: stated[key] for key in ("id", "label", "tag") if key in stated and key not in detail}
    address = (scope.get("client") or ("", 0))[0]
    who = user_of(scope) or facts.get("who") or UNKNOWN
    return Entry(str(who), f"{scope['method']} {route}", status, str(image), str(address), detail)


def record(log: AuditLog, entry: Entry, durable: bool = False) -> None:
    """Add an entry. Where the disk refuses it, the server goes on (our choice: the answer is true all the same): the server's own log,
    `/ssb/ready` and the metrics say so, and the entry waits until the disk takes it."""
    try:
        log.append(entry, durable)
    except OSError as error:
        logger.error(f"The audit log cannot be written: {(error.strerror or str(error)).lower()}. {log.missed} entries wait for it.")
