"""Every reader against files that are broken on purpose: does it give a value or one sentence, quickly, and touch nothing else?

    .venv/bin/python benchmarks/fuzz_readers.py -o OUT [--inputs 200000] [--kinds dicom nifti nrrd json] [--processes 1]
    .venv/bin/python benchmarks/fuzz_readers.py -o OUT --only dicom:1234

Each input is a small well-formed file (`fuzz_seeds.py`) with one to four changes (`fuzz_mutations.py`), drawn by its kind and number, so
`--only` makes it again. A reader may return a value that can be, or raise an SSBError. All else is a failure, and the file that caused it
is kept in OUT/failures: another exception, more than SECONDS, MOST_MEMORY more than before, a file outside the input's own folder opened,
a pickle, a connection or a program but our JPEG-LS decoder. Written to OUT/fuzz_readers.json. Started again on the same OUT it goes on;
200,000 inputs of a kind take one core from some minutes (JSON) to half an hour (DICOM).
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps"), str(ROOT)]

from tqdm import tqdm  # noqa: E402 (needs the path above)

from benchmarks.fuzz_mutations import changed  # noqa: E402
from benchmarks.fuzz_seeds import SEEDS, Seed  # noqa: E402
from ssb.atomic import replaced  # noqa: E402
from ssb.errors import SSBError  # noqa: E402
from ssb.volumes.jpeg_ls_process import WORKER  # noqa: E402

SECONDS = 2.0
HANG_SECONDS = 20.0
MOST_MEMORY = 256 << 20
"""Bytes by which one input may raise the most memory that the process ever had."""

CHUNK = 2000
_FORBIDDEN = ("pickle.find_class", "socket.connect", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")


class HangError(BaseException):
    """No reader may catch it."""


class Watch:
    """What the reader of one input does that it must not, seen by Python's audit events; it is installed once for a process."""

    def __init__(self) -> None:
        self.folder = ""
        self.found: list[str] = []
        free = (sys.prefix, sys.base_prefix, ROOT / "lib", ROOT / "apps", "/proc", "/sys", "/dev")
        self._free = tuple(str(path) for one in free for path in (Path(one).absolute(), Path(one).resolve()))
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.folder:
            return
        if event in _FORBIDDEN and not (event == "subprocess.Popen" and str(WORKER) in arguments[1]):
            self.found.append(f"{event} {arguments[:1]}"[:200])
        elif event == "open" and isinstance(arguments[0], (str, bytes)):
            path = str(Path(arguments[0].decode(errors="replace") if isinstance(arguments[0], bytes) else arguments[0]).absolute())
            if not path.startswith((self.folder, *self._free)) and not path.endswith((".py", ".pyc", ".so")):
                self.found.append(f"open {path}"[:200])


class Fuzzer:
    """The inputs of one kind, in a folder of its own."""

    def __init__(self, kind: str, folder: Path, watch: Watch) -> None:
        self.kind, self.folder, self._watch = kind, folder, watch
        self.seeds = SEEDS[kind](folder)

    def input(self, number: int) -> tuple[Seed, bytes]:
        """The seed and the changed content."""
        rng = random.Random(f"{self.kind} {number}")
        seed = rng.choice(self.seeds)
        return seed, changed(self.kind, seed.content, rng)

    def run(self, number: int) -> tuple[str, str, float]:
        """ "accepted", "refused" or "failed", why, and the seconds."""
        seed, content = self.input(number)
        path = self.folder / seed.name
        path.write_bytes(content)
        before, started = _peak(), time.perf_counter()
        outcome, why = "accepted", ""
        signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)
        self._watch.folder, self._watch.found = str(self.folder.resolve()), []
        try:
            seed.read(path)
        except SSBError as error:
            outcome, why = "refused", type(error).__name__
            if not str(error).endswith(".") or "\n" in str(error):
                outcome, why = "failed", f"no sentence: {str(error)[:200]!r}"
        except (Exception, HangError):
            outcome, why = "failed", traceback.format_exc(limit=-3)
        finally:
            self._watch.folder = ""
            signal.setitimer(signal.ITIMER_REAL, 0)
        seconds = time.perf_counter() - started
        path.write_bytes(seed.content)
        if self._watch.found:
            outcome, why = "failed", f"touched {self._watch.found[0]}"
        elif seconds > SECONDS:
            outcome, why = "failed", f"{seconds:.1f} s"
        elif _peak() - before > MOST_MEMORY:
            outcome, why = "failed", f"{(_peak() - before) >> 20} MB more memory"
        return outcome, why, seconds


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _hang(number: int, frame: FrameType | None) -> None:
    raise HangError(f"no answer after {HANG_SECONDS} s")


def fuzz(kind: str, start: int, stop: int, failures: Path | None = None) -> dict[str, Any]:
    """What inputs `start` to before `stop` of a kind came to, with the failures by number; their files go to `failures`."""
    _quiet()
    counts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    failed, longest = {}, 0.0
    with tempfile.TemporaryDirectory(prefix="ssb-fuzz-") as work:
        fuzzer = Fuzzer(kind, Path(work), _watch())
        for number in range(start, stop):
            outcome, why, seconds = fuzzer.run(number)
            counts[outcome] += 1
            longest = max(longest, seconds)
            if outcome == "refused":
                refused[why] += 1
            elif outcome == "failed":
                failed[str(number)] = why
                if failures is not None:
                    seed, content = fuzzer.input(number)
                    failures.mkdir(parents=True, exist_ok=True)
                    (failures / f"{kind}-{number}-{Path(seed.name).name}").write_bytes(content)
    return {
        "inputs": stop - start, **{name: counts[name] for name in ("accepted", "refused", "failed")}, "refused_by": dict(refused),
        "longest_seconds": round(longest, 3), "peak_memory_mb": _peak() >> 20, "failures": failed,
    }  # fmt: skip


_WATCHES: list[Watch] = []


def _watch() -> Watch:
    if not _WATCHES:
        _WATCHES.append(Watch())
    return _WATCHES[0]


def _quiet() -> None:
    signal.signal(signal.SIGALRM, _hang)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)


def joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of several chunks of one kind."""
    whole: dict[str, Any] = {name: sum(part[name] for part in parts) for name in ("inputs", "accepted", "refused", "failed")}
    by: Counter[str] = Counter()
    for part in parts:
        by.update(part["refused_by"])
    failures = {number: why for part in parts for number, why in part["failures"].items()}
    longest, peak = (max((part[name] for part in parts), default=0) for name in ("longest_seconds", "peak_memory_mb"))
    return {**whole, "refused_by": dict(by), "longest_seconds": longest, "peak_memory_mb": peak, "failures": failures}


def fuzz_all(kinds: list[str], inputs: int, out: Path, processes: int) -> dict[str, Any]:
    """The figures of all kinds; chunks that OUT has already are not run again."""
    chunks = out / "chunks"
    chunks.mkdir(parents=True, exist_ok=True)
    wanted = [(kind, start, min(start + CHUNK, inputs)) for kind in kinds for start in range(0, inputs, CHUNK)]
    missing = [one for one in wanted if not _chunk(chunks, *one).is_file()]
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=20) as pool:
        tasks = [(one, pool.apply_async(fuzz, (*one, out / "failures"))) for one in missing]
        for one, task in tqdm(tasks, desc="chunks", initial=len(wanted) - len(missing), total=len(wanted)):
            found = task.get()
            with replaced(_chunk(chunks, *one)) as path:
                path.write_text(json.dumps(found))
    return {kind: joined([json.loads(_chunk(chunks, *one).read_text()) for one in wanted if one[0] == kind]) for kind in kinds}


def _chunk(folder: Path, kind: str, start: int, stop: int) -> Path:
    return folder / f"{kind}-{start}-{stop}.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=200_000, help="of each kind")
    parser.add_argument("--kinds", nargs="+", choices=list(SEEDS), default=list(SEEDS))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", metavar="KIND:NUMBER", help="make one input again and show what it comes to")
    parser.add_argument("-o", "--out", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.only:
        kind, _, number = arguments.only.partition(":")
        print(json.dumps(fuzz(kind, int(number), int(number) + 1, arguments.out / "failures"), indent=2))
        return
    figures = fuzz_all(arguments.kinds, arguments.inputs, arguments.out, arguments.processes)
    with replaced(arguments.out / "fuzz_readers.json") as path:
        path.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps({kind: {**found, "failures": len(found["failures"])} for kind, found in figures.items()}, indent=2))
    sys.exit(1 if any(found["failed"] for found in figures.values()) else 0)


if __name__ == "__main__":
    main()
