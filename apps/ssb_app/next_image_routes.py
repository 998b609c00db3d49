"""HTTP routes of active learning: the stock ones, in worker threads and with the rater who asks, and ours that shows the scores.

MONAI Label's own choose the next image on the event loop, where a PACS that is asked for an image keeps every other request waiting,
and score in a process of its own, which would load a second model and take the processor from the clicks.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI
from monailabel.endpoints import activelearning as stock
from monailabel.endpoints.user.auth import User
from monailabel.interfaces.utils.app import app_instance

from ssb.errors import NotFoundError
from ssb_app.rater_names import rater_of
from ssb_app.scorer import Scorer
from ssb_app.web import SentenceRoute, annotator, put_before, reader

router = APIRouter(prefix="/ssb/scores", tags=["SSB"], route_class=SentenceRoute, dependencies=[Depends(reader)])

METHOD = "disagreement"
"""The name of our scoring method."""

Params = Annotated[dict[str, Any] | None, Body()]


@router.get("", summary="How much the samples of each annotated image disagree, and how far the scoring has come")
def scores() -> dict[str, Any]:
    """{"scoring": {...}, "images": {image: {"disagreement", "lesions": [{"click", "disagreement"}], "checkpoint", "time"}}}.

    The most disputed image comes first; 0 says that all samples are alike, 1 that no two share a voxel.
    """
    scorer = _scorer()
    kept = [score for image in app_instance().datastore().annotations.images() if (score := scorer.kept.get(image)) is not None]
    images = {
        score.image: {
            "disagreement": score.disagreement,
            "lesions": [{"click": list(lesion.click), "disagreement": lesion.disagreement} for lesion in score.lesions],
            "checkpoint": score.checkpoint,
            "time": score.time,
        }
        for score in sorted(kept, key=lambda score: -score.disagreement)
    }
    return {"scoring": scorer.progress.as_dict(), "images": images}


def next_sample(strategy: str, user: Annotated[User, Depends(reader)], params: Params = None) -> dict[str, Any]:
    """The image to annotate next, as MONAI Label answers it; {} where there is none."""
    strategies = app_instance().info()["strategies"]
    if strategy not in strategies:
        raise NotFoundError(f"There is no strategy '{strategy}': choose one of {', '.join(strategies)}.")
    stated = {key: value for key, value in (params or {}).items() if key != "strategy"}
    return stock.sample(strategy, {**stated, "rater": rater_of(user, None, stated.get("client_id"))}, user.username)


def start(method: str, run_sync: bool = False) -> dict[str, Any]:
    """Score what is new, now: in the background, or, where `run_sync` says so, before the answer, which has the scores then."""
    methods = app_instance().info()["scoring"]
    if method not in methods:
        raise NotFoundError(f"There is no scoring method '{method}': choose one of {', '.join(methods)}.")
    if run_sync:
        return app_instance().scoring({"method": method})
    return _scorer().start().as_task(METHOD)


def start_all(run_sync: bool = False) -> dict[str, Any]:
    """`start` for our one method, as MONAI Label's own route answers it."""
    return {METHOD: {"result": start(METHOD, run_sync), "detail": None}}


def status(all: bool = False, check_if_running: bool = False) -> Any:
    """The scoring that runs or ran last as a background task of MONAI Label; a NotFoundError where there is none."""
    progress = _scorer().progress
    if not progress.id or (check_if_running and not progress.running):
        raise NotFoundError("No scoring is running." if check_if_running else "No scoring has run since the server started.")
    return [progress.as_task(METHOD)] if all else progress.as_task(METHOD)


def stop() -> dict[str, Any]:
    """End the scoring that runs; what it has scored stays, and the next one goes on from there."""
    _scorer().stop()
    return _scorer().progress.as_task(METHOD)


def take_next_image(app: FastAPI) -> None:
    """Put our routes before MONAI Label's own."""
    put_before(app, "/activelearning/{strategy}", next_sample, "POST")
    put_before(app, "/scoring/{method}", start, "POST", [Depends(annotator)])
    put_before(app, "/scoring/", start_all, "POST", [Depends(annotator)])
    put_before(app, "/scoring/", status, "GET", [Depends(reader)])
    put_before(app, "/scoring/", stop, "DELETE", [Depends(annotator)])


def _scorer() -> Scorer:
    return app_instance().scorer
