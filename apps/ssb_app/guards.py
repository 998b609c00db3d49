"""What stands before MONAI Label's own routes, so that no input harms the server; all of it in one call."""

from __future__ import annotations

from fastapi import FastAPI

from ssb_app.closed_routes import close_routes
from ssb_app.datastore_routes import guard_datastore
from ssb_app.proxy_route import guard_proxy
from ssb_app.request_limits import limit_requests
from ssb_app.session_routes import guard_sessions
from ssb_app.task_routes import guard_tasks
from ssb_app.web import answer_missing


def guard_inputs(app: FastAPI) -> None:
    """Add the limits and put our routes first."""
    limit_requests(app)
    answer_missing(app)
    guard_datastore(app)
    guard_sessions(app)
    guard_tasks(app)
    guard_proxy(app)
    close_routes(app)
