"""How the app answers over HTTP: users' errors as one sentence, long work in worker threads."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from monailabel.config import settings
from monailabel.endpoints.user.auth import RBAC
from monailabel.interfaces.exception import ImageNotFoundException, LabelNotFoundException

from ssb.errors import SSBError, StorageError
from ssb_app.faults import disk_sentence
from ssb_app.stated import read_object

reader = RBAC(settings.MONAI_LABEL_AUTH_ROLE_USER)
"""Dependency of every route that reads: the role that MONAI Label asks for its own."""

annotator = RBAC(settings.MONAI_LABEL_AUTH_ROLE_ANNOTATOR)
"""Dependency of routes that submit annotations; it gives the user."""

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
            except HTTPException as error:  # such as "There was an error parsing the body" of an upload that fills the disk
                sentence = disk_sentence(error.__cause__) if isinstance(error.__cause__, OSError) else None
                raise HTTPException(StorageError.status, sentence) if sentence else error from error.__cause__
            except RequestValidationError as error:
                first = error.errors()[0]
                place = ".".join(str(part) for part in first["loc"])
                raise HTTPException(422, f"The request does not fit at {place}: {first['msg']}.") from error

        return handle


def put_before(app: FastAPI, path: str, endpoint: Callable[..., Any], method: str, dependencies: Sequence[Depends] = ()) -> None:
    """Let `endpoint` answer before the stock route of that path, which stays for the API's description.

    An endpoint that is no coroutine runs in a worker thread, where MONAI Label's own would keep all other requests waiting.
    """
    app.router.add_api_route(
        f"{settings.MONAI_LABEL_API_STR}{path}",
        endpoint,
        methods=[method],
        dependencies=dependencies,
        response_model=None,
        include_in_schema=False,
        route_class_override=SentenceRoute,
    )
    app.router.routes.insert(0, app.router.routes.pop())


def read_params(text: str) -> dict[str, Any]:
    """The form field `params` of a stock client; an InputError where it is no JSON object."""
    return read_object(text, "params")


def answer_missing(app: FastAPI) -> None:
    """Let the stock routes that stay answer 404 with a sentence for an image or label that is not there."""

    async def sentence(request: Request, error: Exception) -> Response:
        return JSONResponse({"detail": str(error)}, 404)

    for kind in (ImageNotFoundException, LabelNotFoundException):
        app.add_exception_handler(kind, sentence)
