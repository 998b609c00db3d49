"""A sample set that a client of our own routes asks for: what it may say, and how its request waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from monailabel.interfaces.utils.app import app_instance
from pydantic import BaseModel, Field

from ssb.errors import InputError
from ssb.plausible import Index, SampleSet
from ssb.point_text import read_point
from ssb.volumes import Volume
from ssb_app.asker import client_of
from ssb_app.audit import note
from ssb_app.options import read_options
from ssb_app.points import Points, read_voxel, read_voxels
from ssb_app.runs import Ticket
from ssb_app.sampler import KeptSet

HEAR_SECONDS = 0.05
"""Between two looks how far a run is (our choice)."""


class Order(BaseModel):
    """A sample set to be made: give point or point_mm; absent options take their defaults."""

    image: str = Field(description="Id of an image of the studies.")
    point: Any = Field(None, description="The clicked voxel [i, j, k].")
    point_mm: Any = Field(None, description="The click in patient millimetres [x, y, z], LPS as in DICOM.")
    inside: Any = Field(None, description="Voxels [[i, j, k], ...] that every sample must cover.")
    outside: Any = Field(None, description="Voxels [[i, j, k], ...] that no sample may cover.")
    samples: Any = Field(None, description="Number of samples.")
    nfe: Any = Field(None, description="Network function evaluations a sample.")
    guidance: Any = Field(None, description="Weight of classifier-free guidance, 0 for none.")
    seed: Any = Field(None, description="Start of the random numbers.")
    progress: str | None = Field(None, description="A word of the client's own, under which GET /ssb/progress/{word} tells how far it is.")
    raters: Any = Field(None, description="Whose raters are imitated, site or published, where the checkpoint knows both.")
    client_id: str | None = Field(None, description="Who asks: clients take turns, so that one that asks for much does not hold up others.")


async def claimed(order: Order, request: Request) -> Ticket[KeptSet, SampleSet]:
    """The order read and given its place in the queue; raises what reading it raises, before anything is sampled."""
    return await run_in_threadpool(_ask, order, client_of(request, order.client_id))


async def heard(ticket: Ticket[KeptSet, SampleSet]) -> AsyncIterator[tuple[float, SampleSet | None]]:
    """How far the run is and its samples so far, again and again until it has ended; no thread waits."""
    while not ticket.run.ended:
        yield ticket.run.share, ticket.run.early
        await asyncio.sleep(HEAR_SECONDS)


@contextmanager
def told_progress(order: Order) -> Iterator[Callable[[float], None]]:
    """For the block that serves the order: what its done share is told to, for the client's word if it gave one."""
    if order.progress is None:
        yield lambda share: None
        return
    with app_instance().sampler.progress.of(order.progress) as on_progress:
        yield on_progress


def _ask(order: Order, client: str) -> Ticket[KeptSet, SampleSet]:
    sampler = app_instance().sampler
    note(image=order.image)
    path = app_instance().image_path(order.image)
    volume = sampler.volume(path)
    foreground = (_click(order, volume), *read_voxels(order.inside, "inside", volume))
    points = Points(foreground, read_voxels(order.outside, "outside", volume))
    serving = sampler.in_use.take()
    options = read_options(order.model_dump(exclude_none=True), serving.model.preset, serving.model.groups)
    return sampler.ask(order.image, path, points, options, serving, client)


def _click(order: Order, volume: Volume) -> Index:
    if (order.point is None) == (order.point_mm is None):
        raise InputError("Give the click once: point, a voxel [i, j, k], or point_mm, patient millimetres [x, y, z].")
    if order.point is not None:
        return read_voxel(order.point, "point", volume)
    return volume.to_index(read_point(order.point_mm, "point_mm"))
