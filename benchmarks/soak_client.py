"""One client of the soak: it asks for this and that, waits for a server that is gone, and remembers what was acknowledged."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import requests

from ssb.annotations.annotation import Annotation
from ssb.volumes import write_nifti
from tests.site_made import AFFINE, SHAPE

CENTRE = [36, 32, 4]
SECONDS = 120.0
"""Longest wait for an answer."""

DAMAGED = "tiny-site-2"
"""The model version whose file is cut off: asking for it must be refused."""

WORK = {
    "sample": 6,
    "click": 3,
    "submit": 8,
    "submit_stock": 4,
    "read": 4,
    "list": 2,
    "next": 2,
    "watch": 2,
    "switch": 1,
    "train": 0.4,
    "stop_training": 0.2,
}
"""How often a client does what, by weight (our choice)."""


@dataclass(frozen=True)
class Plan:
    """Where the server is, and what it has."""

    address: str
    images: list[str]
    models: list[str]


@dataclass
class Shared:
    """What all clients saw. acknowledged: the records of submissions that the server answered with 200, by the seed of the mask.

    answers: how often (kind, status) came, "none" where the server went away. wordless: refusals without a sentence, as they came.
    digests: of the masks of each sample set, which must be the same in each life of the server.
    """

    plan: Plan
    ended: threading.Event = field(default_factory=threading.Event)
    acknowledged: dict[int, Annotation] = field(default_factory=dict)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    wordless: set[str] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)
    digests: dict[str, str] = field(default_factory=dict)
    compared: int = 0
    changed: int = 0
    longest: dict[str, float] = field(default_factory=dict)
    longest_gap: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


def made(seed: int) -> np.ndarray:
    """A mask that no other seed has, SHAPE bool."""
    rng = np.random.default_rng(seed)
    steps = np.indices(SHAPE).astype(float) - np.reshape(CENTRE, (3, 1, 1, 1))
    near = ((steps * np.reshape((1, 1, 2), (3, 1, 1, 1))) ** 2).sum(axis=0) <= rng.uniform(4, 10) ** 2
    return near & (rng.random(SHAPE) < 0.9)


class Client(threading.Thread):
    """Client `number`, which submits as the rater client-<number>, with `folder` for its files."""

    def __init__(self, shared: Shared, number: int, folder: Path) -> None:
        super().__init__(name=f"client-{number}")
        folder.mkdir(parents=True)
        self._shared, self._number, self._folder = shared, number, folder
        self._rng = np.random.default_rng(number)
        self._session = requests.Session()
        self._seed = 1_000_000 * (number + 1)
        self._gone: float | None = None

    def run(self) -> None:
        kinds, weights = list(WORK), np.array(list(WORK.values()))
        while not self._shared.ended.is_set():
            kind = str(self._rng.choice(kinds, p=weights / weights.sum()))
            getattr(self, f"_{kind}")(str(self._rng.choice(self._shared.plan.images)))
            time.sleep(float(self._rng.uniform(0, 0.2)))

    def _ask(self, kind: str, method: str, path: str, **more: Any) -> requests.Response | None:
        """One request, counted; None where there was no answer."""
        started = time.monotonic()
        try:
            answer = self._session.request(method, self._shared.plan.address + path, timeout=SECONDS, **more)
        except requests.RequestException as error:
            self._no_answer(kind, started, isinstance(error, requests.ReadTimeout))
            return None
        now = time.monotonic()
        with self._shared.lock:
            self._shared.answers[kind, str(answer.status_code)] += 1
            self._shared.longest[kind] = max(self._shared.longest.get(kind, 0.0), now - started)
            if self._gone is not None:
                self._shared.longest_gap = max(self._shared.longest_gap, now - self._gone)
                self._gone = None
            if answer.status_code >= 400 and kind != "ssb/ready":  # which is no refusal, but says what is not ready
                self._refused(kind, answer)
        return answer

    def _refused(self, kind: str, answer: requests.Response) -> None:
        try:
            sentence = answer.json()["detail"]
        except (ValueError, KeyError, TypeError):
            sentence = None
        if not isinstance(sentence, str) or len(sentence.split()) < 2:
            self._shared.wordless.add(f"{kind}: {answer.status_code} {answer.text[:200]}")
        if answer.status_code == 500 and kind != "switch to a damaged one":
            self._shared.errors.add(f"{kind}: {str(sentence or answer.text)[:200]}")

    def _no_answer(self, kind: str, started: float, hung: bool) -> None:
        with self._shared.lock:
            self._shared.answers[kind, "no answer in time" if hung else "connection lost"] += 1
            self._gone = self._gone or started
        time.sleep(0.5)

    def _sample(self, image: str) -> None:
        again = self._shared.plan.images[:3]  # so that every set is asked for several times, in several lives of the server
        order = {"image": str(self._rng.choice(again)), "point": CENTRE, "samples": 2, "nfe": 1}
        found = self._ask("sample", "POST", "/ssb/sample_sets", json=order)
        if found is None or not found.ok:
            return
        name = found.json()["id"]
        masks = self._ask("masks", "GET", f"/ssb/sample_sets/{name}/masks")
        if masks is None or not masks.ok:
            return
        digest = hashlib.sha256(masks.content).hexdigest()
        with self._shared.lock:
            self._shared.compared += name in self._shared.digests
            self._shared.changed += self._shared.digests.setdefault(name, digest) != digest

    def _click(self, image: str) -> None:
        params = {"foreground": [CENTRE], "samples": 2, "nfe": 1, "client_id": self.name}
        form = {"params": json.dumps(params)}
        self._ask("click", "POST", "/infer/ssbpp", params={"image": image, "output": "image"}, data=form)

    def _submit(self, image: str) -> None:
        seed, content = self._drawn()
        form = {"rater": self.name, "sample_set": str(seed)}
        answer = self._ask("submit", "POST", f"/ssb/annotations/{image}", data=form, files={"file": ("mask.nii.gz", content)})
        if answer is not None and answer.ok:
            self._keep(seed, answer.json())

    def _submit_stock(self, image: str) -> None:
        seed, content = self._drawn()
        form = {"params": json.dumps({"client_id": self.name, "sample_set": str(seed)})}
        files = {"label": ("mask.nii.gz", content)}
        answer = self._ask("submit_stock", "PUT", "/datastore/label", params={"image": image, "tag": "final"}, data=form, files=files)
        if answer is not None and answer.ok:
            self._keep(seed, answer.json()["annotation"])

    def _drawn(self) -> tuple[int, bytes]:
        self._seed += 1
        return self._seed, write_nifti(self._folder / "mask.nii.gz", made(self._seed), AFFINE).read_bytes()

    def _keep(self, seed: int, record: dict[str, Any]) -> None:
        with self._shared.lock:
            self._shared.acknowledged[seed] = Annotation.from_json(record)

    def _read(self, image: str) -> None:
        self._ask("read", "GET", f"/ssb/annotations/{image}/anna")

    def _list(self, image: str) -> None:
        self._ask("list", "GET", "/ssb/annotations")

    def _next(self, image: str) -> None:
        self._ask("next", "POST", "/activelearning/fewest_raters", json={"client_id": self.name})

    def _watch(self, image: str) -> None:
        for path in ("/ssb/metrics", "/ssb/ready", "/ssb/health", "/info/"):
            self._ask(path.strip("/"), "GET", path)

    def _switch(self, image: str) -> None:
        name = str(self._rng.choice(self._shared.plan.models))
        self._ask("switch to a damaged one" if name == DAMAGED else "switch", "POST", f"/ssb/models/{name}/use")

    def _train(self, image: str) -> None:
        self._ask("train", "POST", "/train/ssbpp", json={"epochs": 1, "batch": 2, "validation": 0.4, "raters": "anna,ben"})

    def _stop_training(self, image: str) -> None:
        self._ask("stop_training", "DELETE", "/train/")
