"""The stock routes that start long tasks, for models that there are and options that can be handed on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI
from monailabel.endpoints import batch_infer as stock_batch
from monailabel.endpoints import train as stock_train
from monailabel.interfaces.tasks.batch_infer import BatchInferImageType
from monailabel.interfaces.utils.app import app_instance

from ssb.errors import InputError, NotFoundError
from ssb_app.rater_names import FINAL, check_tag, rater_of_tag
from ssb_app.stated import check_stated
from ssb_app.web import administrator, put_before

Params = Annotated[dict[str, Any] | None, Body()]


def train(model: str, params: Params = None, run_sync: bool = False, enqueue: bool = False) -> Any:
    """Start a training."""
    trainers = app_instance().info()["trainers"]
    if model not in trainers:
        raise NotFoundError(f"There is no model '{model[:80]}' to train: choose one of {', '.join(trainers)}.")
    return stock_train.run_model(model, _checked(params), run_sync, enqueue)


def train_all(params: Params = None, run_sync: bool = False) -> Any:
    """Start the training of every model."""
    stated = _checked(params)
    if not all(isinstance(part, dict) for part in stated.values()):
        raise InputError("The params must hold an object of options for each model.")
    return stock_train.run(stated, run_sync)


def infer_all(
    model: str, images: BatchInferImageType = BatchInferImageType.IMAGES_ALL, params: Params = None, run_sync: bool = False
) -> Any:
    """Start inference on many images, in the background."""
    models = app_instance().info()["models"]
    if model not in models:
        raise NotFoundError(f"There is no model '{model[:80]}': choose one of {', '.join(models)}.")
    if run_sync:
        raise InputError("The option run_sync is not offered: ask GET /batch/infer for the task that runs in the background.")
    stated = _checked(params)
    tag = stated.get("label_tag", "original")
    check_tag(tag)
    if tag == FINAL or rater_of_tag(tag) is not None:
        raise InputError(f"The label_tag '{tag}' is for what people submit: choose another, such as 'original'.")
    return stock_batch.run(model, images, stated, False)


def guard_tasks(app: FastAPI) -> None:
    """Put our routes before MONAI Label's own."""
    put_before(app, "/train/", train_all, "POST", [Depends(administrator)])
    put_before(app, "/train/{model}", train, "POST", [Depends(administrator)])
    put_before(app, "/batch/infer/{model}", infer_all, "POST", [Depends(administrator)])


def _checked(params: dict[str, Any] | None) -> dict[str, Any]:
    """The params without what the address says already."""
    return {key: value for key, value in check_stated(params or {}, "params").items() if key not in ("model", "images", "method")}
