"""A sample set told while it is made, who takes turns for it, and what stops it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any

import numpy as np

from benchmarks.load import Load
from benchmarks.server_watch import connection

ORDER = {"image": "axial", "point": [17, 27, 4], "samples": 16, "nfe": 4, "seed": 5}
LONG = {**ORDER, "samples": 64, "nfe": 100}


@contextmanager
def asked(server: Any, path: str, order: dict[str, Any]) -> Iterator[HTTPResponse]:
    """The answer, as soon as it begins; the client hangs up when the block ends."""
    line = connection(server.address)
    line.request("POST", path, json.dumps(order), {"Content-Type": "application/json"})
    answer = line.getresponse()
    try:
        yield answer
    finally:
        answer.close()
        line.close()


def lines(server: Any, order: dict[str, Any]) -> list[dict[str, Any]]:
    with asked(server, "/ssb/sample_sets/stream", order) as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


def bits(text: str, *shape: int) -> np.ndarray:
    return np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8), count=int(np.prod(shape))).reshape(shape).astype(bool)


def placed(masks: np.ndarray, box: dict[str, Any]) -> np.ndarray:
    whole = np.zeros((len(masks), 40, 48, 10), bool)
    i, j, k = (slice(a, b) for a, b in zip(box["start"], box["stop"], strict=True))
    whole[:, i, j, k] = masks
    return whole


def size(box: dict[str, Any]) -> tuple[int, ...]:
    return tuple(b - a for a, b in zip(box["start"], box["stop"], strict=True))


def stopped(server: Any, before: int) -> bool:
    deadline = time.monotonic() + 120
    while server.stats()["cancelled"] == before:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_the_first_samples_come_early_and_are_those_of_the_answer(server: Any) -> None:
    told = lines(server, ORDER)
    assert [one["done"] for one in told] == sorted(one["done"] for one in told)
    summary = told[-1]["summary"]
    assert summary == server.ask("/ssb/sample_sets", ORDER)[1]
    box = server.ask(f"/ssb/sample_sets/{summary['id']}/review")[1]["box"]
    packed = server.ask(f"/ssb/sample_sets/{summary['id']}/masks")[1]
    whole = placed(bits(base64.b64encode(packed).decode(), 16, *size(box)), box)
    early = [one for one in told[:-1] if "masks" in one]
    assert early
    for one in early:
        assert one["samples"] == 4
        masks = bits(one["masks"], one["samples"], *size(one["box"]))
        np.testing.assert_array_equal(placed(masks, one["box"]), whole[: one["samples"]])
        np.testing.assert_array_equal(bits(one["consensus"], *size(one["box"])), masks.mean(axis=0) > 0.5)
        assert 0 <= one["disagreement"]["maximum"] <= 1


def test_a_set_that_is_there_is_one_line(server: Any) -> None:
    lines(server, ORDER)
    (only,) = lines(server, ORDER)
    assert only["summary"]["samples"] == 16


def test_an_order_that_cannot_be_read_gets_its_status_at_once(server: Any) -> None:
    status, answer = server.ask("/ssb/sample_sets/stream", {**ORDER, "point": [17, 27, 10]})
    assert status == 422
    assert answer["detail"].startswith("The point (17, 27, 10) lies outside the image")


def test_what_goes_wrong_later_is_the_last_line(server: Any) -> None:
    # On the clicked slice a mask is one object: none reaches a voxel whose neighbours there are all outside.
    ring = [[27 + a, 17 + b, 4] for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)]
    told = lines(server, {**ORDER, "samples": 2, "inside": [[27, 17, 4]], "outside": ring})
    assert told[-1]["error"]["status"] == 422
    assert "agrees with the inside and outside points" in told[-1]["error"]["detail"]


def test_a_client_that_hangs_up_stops_its_sampling(server: Any) -> None:
    for number, path in enumerate(("/ssb/sample_sets/stream", "/ssb/sample_sets")):
        before = server.stats()["cancelled"]
        line = connection(server.address)
        line.request("POST", path, json.dumps({**LONG, "seed": 100 + number}), {"Content-Type": "application/json"})
        time.sleep(0.5)
        line.close()
        assert stopped(server, before), path


def test_a_stock_client_that_hangs_up_stops_its_sampling(server: Any) -> None:
    before = server.stats()["cancelled"]
    params = json.dumps({"foreground": [[17, 27, 4]], "samples": 64, "nfe": 100, "seed": 200})
    body = f'--b\r\nContent-Disposition: form-data; name="params"\r\n\r\n{params}\r\n--b--\r\n'
    line = connection(server.address)
    line.request("POST", "/infer/ssbpp?image=axial", body, {"Content-Type": "multipart/form-data; boundary=b"})
    time.sleep(0.5)
    line.close()
    assert stopped(server, before)


def test_a_run_that_another_waits_for_goes_on(server: Any) -> None:
    before, order = server.stats(), {**LONG, "nfe": 4, "seed": 300}
    with asked(server, "/ssb/sample_sets/stream", order) as staying:
        first = json.loads(staying.readline())
        with asked(server, "/ssb/sample_sets/stream", order) as leaving:
            leaving.readline()
        rest = [json.loads(line) for line in staying.read().splitlines()]
    assert "summary" not in first
    assert rest[-1]["summary"]["samples"] == 64
    now = server.stats()
    assert (now["runs"] - before["runs"], now["cancelled"] - before["cancelled"]) == (1, 0)


def test_eight_clients_at_once_lose_nothing_and_take_turns(server: Any) -> None:
    load = Load(server.address, {**ORDER, "samples": 8}, clients=8, rounds=1)
    found = load.together()
    assert (found["answered"], found["lost"]) == (8, [])
    assert load.shared() == {"asked": 8, "runs": 1}
    # One of the flood runs when the reader comes, and one more may have its turn before.
    assert load.fair()["served_as_number"] <= 4
