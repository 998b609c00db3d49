"""How the app answers over HTTP: users' errors as one sentence, long work in worker threads."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from monailabel.config import settings
from monailabel.endpoints.user.auth import RBAC

from ssb.errors import SSBError

reader = RBAC(settings.MONAI_LABEL_AUTH_ROLE_USER)
"""Dependency of every route that reads: the role that MONAI Label asks for its own."""

administrator = RBAC(settings.MONAI_LABEL_AUTH_ROLE_ADMIN)
"""Dependency of routes that discard something."""


class SentenceRoute(APIRoute):
    """A route whose users' errors become an answer with their status and {"detail": one sentence}."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler FastAPI builds, with those errors translated."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except SSBError as error:
                raise HTTPException(error.status, str(error)) from error
            except RequestValidationError as error:
                first = error.errors()[0]
                place = ".".join(str(part) for part in first["loc"])
                raise HTTPException(422, f"The request does not fit at {place}: {first['msg']}.") from error

        return handle
