"""The server under load: does any of many clients lose an answer, and what does each wait?

    .venv/bin/python benchmarks/load.py -o OUT [--clients 8] [--rounds 3] [--samples 16]

Starts the real server on a phantom, and writes OUT/load.json (Linux only):

- alone: one client after the other, streamed: seconds to the first consensus and to the whole answer.
- together: every client asks at once, with clicks of its own, again as soon as it is answered, for some rounds: answers lost (which must be
  none), waits, what `/info/` took meanwhile, and the peak memory above that of the idle server.
- fair: one client floods the queue, another asks once: after how many runs it is served, of those that waited before it.
- shared: all ask for the same at once: runs that were made for it.
- cancelled: all ask and hang up: runs that stopped, and seconds until the server is free.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps"), str(ROOT)]

from benchmarks.server_watch import Memory, ask, connection, device, info_latencies, server_of_this_process, spread, timed  # noqa: E402
from ssb.atomic import replaced  # noqa: E402
from ssb.datasets.phantom import make_phantom  # noqa: E402
from ssb.volumes import write_nifti  # noqa: E402
from ssb_app.demo import PHANTOM_LESION, PHANTOM_SEED  # noqa: E402
from ssb_app.server_process import running_server  # noqa: E402

HANG_UP_SECONDS = 0.5
Order = dict[str, Any]


class Load:
    """The parts of the benchmark, on a running server. order: what is asked for, each time with a seed of its own."""

    def __init__(self, address: str, order: Order, clients: int, rounds: int) -> None:
        self.address, self.clients, self.rounds = address, clients, rounds
        self._order, self._seed = order, 0

    def order(self, client: str = "anna") -> Order:
        """An order that nobody has asked for yet."""
        self._seed += 1
        return {**self._order, "seed": self._seed, "client_id": client}

    def stats(self) -> dict[str, int]:
        """The server's counters."""
        return dict(ask(self.address, "/ssb/stats"))

    def alone(self) -> dict[str, Any]:
        """One streamed request after the other."""
        found = [streamed(self.address, self.order()) for _ in range(self.rounds)]
        return {"first_consensus": spread([one["first"] for one in found]), "answer": spread([one["whole"] for one in found])}

    def together(self) -> dict[str, Any]:
        """All clients at once, for all rounds."""
        orders = [[self.order(f"client {number}") for _ in range(self.rounds)] for number in range(self.clients)]
        waits: list[float] = []
        lost: list[str] = []

        def work(mine: list[Order]) -> None:
            for order in mine:
                try:
                    waits.append(timed(self.address, order))
                except Exception as error:  # whatever it is, an answer is lost
                    lost.append(f"{type(error).__name__}: {error}")

        with info_latencies(self.address) as info:
            _all_at_once([lambda mine=mine: work(mine) for mine in orders])
        return {"asked": self.clients * self.rounds, "answered": len(waits), "lost": lost, "wait": spread(waits), "info": spread(info)}

    def fair(self) -> dict[str, Any]:
        """A client that floods, and one that asks once."""
        before, ended = self.stats()["runs"], [0]

        def once() -> None:
            timed(self.address, self.order("reader"))
            ended[0] = self.stats()["runs"] - before

        with ThreadPoolExecutor(self.clients + 1) as pool:
            waiting: list[Any] = [pool.submit(timed, self.address, self.order("flood")) for _ in range(self.clients)]
            while self.stats()["waiting"] < self.clients - 1:
                time.sleep(0.01)
            waiting.append(pool.submit(once))
        for one in waiting:
            one.result()
        return {"waited_before_it": self.clients, "served_as_number": ended[0]}

    def shared(self) -> dict[str, Any]:
        """The same request by all at once."""
        before, order = self.stats(), self.order()
        _all_at_once(
            [lambda number=number: timed(self.address, {**order, "client_id": f"client {number}"}) for number in range(self.clients)]
        )
        return {"asked": self.clients, "runs": self.stats()["runs"] - before["runs"]}

    def cancelled(self) -> dict[str, Any]:
        """All ask and hang up."""
        before = self.stats()
        lines = []
        for number in range(self.clients):
            line = connection(self.address)
            line.request("POST", "/ssb/sample_sets", json.dumps(self.order(f"client {number}")), {"Content-Type": "application/json"})
            lines.append(line)
        time.sleep(HANG_UP_SECONDS)
        for line in lines:
            line.close()
        started = time.monotonic()
        while self._unfinished(before) and time.monotonic() - started < 600:
            time.sleep(0.02)
        now = self.stats()
        made, stopped = (now[name] - before[name] for name in ("runs", "cancelled"))
        return {"asked": self.clients, "runs": made, "cancelled": stopped, "seconds_until_free": round(time.monotonic() - started, 2)}

    def _unfinished(self, before: dict[str, int]) -> bool:
        now = self.stats()
        return now["runs"] - before["runs"] + now["cancelled"] - before["cancelled"] < self.clients


def streamed(address: str, order: Order) -> dict[str, float]:
    """Seconds to the first consensus of a streamed request, and to its last line; the former is the latter where none came early."""
    started = time.monotonic()
    line = connection(address)
    line.request("POST", "/ssb/sample_sets/stream", json.dumps(order), {"Content-Type": "application/json"})
    answer = line.getresponse()
    first = None
    for told in iter(answer.readline, b""):
        event = json.loads(told)
        if "error" in event:
            raise RuntimeError(event["error"]["detail"])
        if first is None and ("consensus" in event or "summary" in event):
            first = time.monotonic() - started
    line.close()
    whole = time.monotonic() - started
    return {"first": first if first is not None else whole, "whole": whole}


def measure(address: str, order: Order, clients: int, rounds: int) -> dict[str, Any]:
    """All parts, after one request that warms the server up."""
    load, memory = Load(address, order, clients, rounds), Memory(server_of_this_process())
    timed(address, load.order())
    with info_latencies(address) as quiet:
        time.sleep(2)
    idle = memory.now()
    memory.forget_peak()
    found = {"info_when_idle": spread(quiet), "alone": load.alone(), "together": load.together()}
    found["memory_mb"] = {"idle": round(idle, 1), "peak_above_idle": round(memory.peak() - idle, 1)}
    return {**found, "fair": load.fair(), "shared": load.shared(), "cancelled": load.cancelled(), "server": load.stats()}


def _all_at_once(works: list[Any]) -> None:
    barrier = threading.Barrier(len(works))

    def run(work: Any) -> None:
        barrier.wait()
        work()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(run, work) for work in works]:
            done.result()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=16)
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    phantom = make_phantom(PHANTOM_SEED)
    with tempfile.TemporaryDirectory() as work:
        studies = Path(work, "studies")
        studies.mkdir()
        write_nifti(studies / "phantom.nii.gz", phantom.volume.array, phantom.volume.affine)
        order = {"image": "phantom", "point": list(phantom.lesions[PHANTOM_LESION].centre), "samples": asked.samples}
        before = device()
        with running_server(studies, asked.output / "server.log") as address:
            found = measure(address, order, asked.clients, asked.rounds)
    facts = {"device": before, "clients": asked.clients, "rounds": asked.rounds, "samples": asked.samples, **found}
    with replaced(asked.output / "load.json") as path:
        path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=2))


if __name__ == "__main__":
    main()
