"""What the benchmarks of the running server share: its memory, its orders, and how long `/info/` takes meanwhile."""

from __future__ import annotations

import http.client
import json
import os
import platform
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def server_of_this_process() -> int:
    """The process that `ssb_app.server_process.running_server` has started here."""
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1]) if entry.name.isdigit() else 0
            if parent == os.getpid() and b"main.py\0serve" in (entry / "cmdline").read_bytes():
                return int(entry.name)
        except OSError:
            continue
    raise RuntimeError("No server runs under this process.")


class Memory:
    """Resident memory of a process in MiB, files that are mapped into it included (Linux' VmRSS and VmHWM)."""

    def __init__(self, process: int) -> None:
        self._folder = Path("/proc", str(process))

    def now(self) -> float:
        """What it has now."""
        return self._read("VmRSS")

    def peak(self) -> float:
        """The most it had since `forget_peak`."""
        return self._read("VmHWM")

    def forget_peak(self) -> None:
        """Let the peak begin anew."""
        (self._folder / "clear_refs").write_text("5")

    def _read(self, name: str) -> float:
        lines = (self._folder / "status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(name + ":")).split()[1]) / 1024


def connection(address: str) -> http.client.HTTPConnection:
    """To the server, patient enough for a queue."""
    return http.client.HTTPConnection(urlsplit(address).netloc, timeout=3600)


def ask(address: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The JSON of an answer; a RuntimeError for another status than 200."""
    line = connection(address)
    try:
        line.request("GET" if body is None else "POST", path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        answer = line.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}: {content[:200].decode(errors='replace')}")
        return json.loads(content)
    finally:
        line.close()


def timed(address: str, order: dict[str, Any]) -> float:
    """Seconds until a sample set is answered."""
    started = time.monotonic()
    ask(address, "/ssb/sample_sets", order)
    return time.monotonic() - started


@contextmanager
def info_latencies(address: str, every: float = 0.1) -> Iterator[list[float]]:
    """Seconds that `/info/` takes, asked again and again while the block runs."""
    found: list[float] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(every):
            started = time.monotonic()
            ask(address, "/info/")
            found.append(time.monotonic() - started)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and worst, in seconds."""
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return {"median": round(statistics.median(ordered), 4), "p99": round(last, 4), "worst": round(ordered[-1], 4), "count": len(ordered)}


def device() -> dict[str, Any]:
    """The machine, and how busy it was, so that figures can be read."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    cpu = names[0].partition(":")[2].strip() if names else platform.machine()
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0)), "load_average": [round(value, 2) for value in os.getloadavg()]}
