"""Our HTTP routes for the versions of the model."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from monailabel.interfaces.utils.app import app_instance

from ssb.errors import CheckpointError, InputError
from ssb.versions import Versions, row_of
from ssb_app.model_in_use import ModelInUse
from ssb_app.web import SentenceRoute, administrator, reader

router = APIRouter(prefix="/ssb/models", tags=["SSB"], route_class=SentenceRoute, dependencies=[Depends(reader)])


@router.get("", summary="The versions of the model, and which of them is in use")
def models() -> dict[str, Any]:
    """in_use: name of the model that this server serves; problem: why it could not follow the last choice, or ""; versions: a row each."""
    in_use = _in_use()
    serving = in_use.take()
    rows = [row_of(version, serving.checkpoint) for version in _versions().list()]
    return {"in_use": serving.model.name, "problem": in_use.problem, "versions": rows}


@router.get("/{name}", summary="One version with its record and the gate's report")
def model(name: str) -> dict[str, Any]:
    """See `ssb.versions.Version`; `current` says whether this server serves it."""
    version = _versions().show(name)
    return {**version.as_json(), "current": version.checkpoint == _in_use().take().checkpoint}


@router.post(
    "/{name}/use", summary="Use a version from now on; an earlier one takes the server back", dependencies=[Depends(administrator)]
)
def use(name: str, force: bool = False) -> dict[str, Any]:
    """What GET /ssb/models/{name} then says. Running requests end with the model they started with. force: use a refused version too."""
    in_use = _in_use()
    if in_use.pinned:
        raise InputError("This server was started with a checkpoint of its own and keeps it: start it without --checkpoint to switch.")
    version = _versions().use(name, force=force)
    in_use.take()
    if in_use.problem:
        raise CheckpointError(in_use.problem)
    return model(version.name)


def _versions() -> Versions:
    return app_instance().versions


def _in_use() -> ModelInUse:
    return app_instance().sampler.in_use
