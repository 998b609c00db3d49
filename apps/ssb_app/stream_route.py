"""A sample set told while it is made: its consensus as soon as the first samples are there, refined as more arrive."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ssb.errors import SSBError
from ssb.plausible import SampleSet
from ssb_app.orders import Order, claimed, heard, told_progress
from ssb_app.runs import Ticket
from ssb_app.sampler import KeptSet
from ssb_app.web import SentenceRoute, reader

router = APIRouter(prefix="/ssb", tags=["SSB"], route_class=SentenceRoute, dependencies=[Depends(reader)])


@router.post("/sample_sets/stream", summary="Make a sample set, told line by line while it is made")
async def stream_sample_set(order: Order, request: Request) -> StreamingResponse:
    """JSON lines (application/x-ndjson), each with "done", the share in [0, 1], and "samples", how many there are so far.

    A line with more samples than the one before also has what `early_facts` says of them. The last line has "summary" instead, as
    `POST /ssb/sample_sets` answers, or {"error": {"status", "detail"}}. An order that cannot be read gets its status at once, not a line.
    A client that hangs up stops the sampling, unless another waits for the same.
    """
    with ExitStack() as stack:
        on_progress = stack.enter_context(told_progress(order))
        ticket = stack.enter_context(await claimed(order, request))
        return _Lines(_lines(ticket, on_progress), stack.pop_all())


class _Lines(StreamingResponse):
    """JSON lines; what they need is held until they are sent, or until nobody reads them."""

    def __init__(self, lines: AsyncIterator[bytes], held: ExitStack) -> None:
        super().__init__(lines, media_type="application/x-ndjson", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            await super().__call__(scope, receive, send)


def early_facts(early: SampleSet) -> dict[str, Any]:
    """What is known of the samples so far, small enough to send at once.

    "box": {"start", "stop"} on the image's grid, which may still grow. "masks": base64 of the bits of (samples, i, j, k), k fastest, most
    significant bit of a byte first, as `/masks` has them. "consensus": the same of the one mask (i, j, k) that more than half of them
    cover. "disagreement": its largest value in bits, 0 to 1.
    """
    return {
        "box": {"start": list(early.box.start), "stop": list(early.box.stop)},
        "masks": _bits(early.masks),
        "consensus": _bits(early.consensus),
        "disagreement": {"maximum": float(early.disagreement.max(initial=0.0))},
    }


async def _lines(ticket: Ticket[KeptSet, SampleSet], on_progress: Callable[[float], None]) -> AsyncIterator[bytes]:
    told: tuple[float, int] | None = None
    async for share, early in heard(ticket):
        now = (share, 0 if early is None else len(early.masks))
        if now == told:
            continue
        on_progress(share)
        event: dict[str, Any] = {"done": now[0], "samples": now[1]}
        if early is not None and (told is None or now[1] > told[1]):
            event |= await run_in_threadpool(early_facts, early)
        told = now
        yield _line(event)
    try:
        summary = await run_in_threadpool(lambda: ticket.result().summary)
    except SSBError as error:
        yield _line({"error": {"status": error.status, "detail": str(error)}})
    else:
        yield _line({"done": 1.0, "samples": summary["samples"], "summary": summary})


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"


def _bits(masks: np.ndarray) -> str:
    return base64.b64encode(np.packbits(masks).tobytes()).decode("ascii")
