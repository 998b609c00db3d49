"""What a retraining may be asked: limits and defaults that the command line and the server share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ssb.errors import InputError
from ssb.options import SEED, Limit

MINUTES = Limit("minutes", 1, 10_080, 15, whole=False)
EPOCHS = Limit("epochs", 0, 100_000, 0)
BATCH = Limit("batch", 1, 256, 8)
LEARNING_RATE = (1e-6, 0.1, 3e-3)
"""Lowest, highest and default learning rate."""
VALIDATION = (0.0, 0.5, 0.2)
"""Lowest, highest and default share of the images that are held out."""
ALL, NOTHING = "all", "nothing"
PARTS = ("encoder", "embedding", "head")
"""Of the network, that can be frozen."""


@dataclass(frozen=True)
class Plan:
    """Checked options of one retraining.

    raters: whose annotations are learnt; all where empty. minutes: time budget. epochs: passes over the crops in place of the time, 0 for
    the time. learning_rate: the highest. validation: share of the images held out for the gate. freeze: parts of the network that stay
    as published. batch: crops a step. seed: of the change's start, the batches and the noise.
    """

    raters: tuple[str, ...] = ()
    minutes: float = 15.0
    epochs: int = 0
    learning_rate: float = LEARNING_RATE[2]
    validation: float = VALIDATION[2]
    freeze: tuple[str, ...] = ()
    batch: int = 8
    seed: int = 0

    def as_dict(self) -> dict[str, Any]:
        """JSON's own types."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


def read_plan(request: Mapping[str, Any]) -> Plan:
    """The plan of a request: absent keys take their defaults, text that is a number is one, names may be a list or "a,b".

    "all" among the raters is all of them, "nothing" among the frozen parts is none: so a dropdown that a client sends whole counts as its
    first item. Raises InputError with one sentence naming the option, the value and what is allowed.
    """
    raters, freeze = _names(request, "raters", ALL), _names(request, "freeze", NOTHING)
    for part in freeze:
        if part not in PARTS:
            raise InputError(f"The option freeze is '{part}', but it must be {NOTHING} or among {', '.join(PARTS)}.")
    return Plan(
        raters=raters,
        minutes=MINUTES.check(request.get("minutes", MINUTES.default)),
        epochs=int(EPOCHS.check(request.get("epochs", EPOCHS.default))),
        learning_rate=_share(request, "learning_rate", *LEARNING_RATE),
        validation=_share(request, "validation", *VALIDATION),
        freeze=freeze,
        batch=int(BATCH.check(request.get("batch", BATCH.default))),
        seed=int(SEED.check(request.get("seed", SEED.default))),
    )


def _names(request: Mapping[str, Any], option: str, everything: str) -> tuple[str, ...]:
    value = request.get(option, "")
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)) or not all(isinstance(name, str) for name in found):
        raise InputError(f'The option {option} is {value!r}, but it must be names, such as ["a", "b"] or "a,b".')
    names = tuple(dict.fromkeys(name.strip() for name in found if name.strip()))
    return () if everything in names else names


def _share(request: Mapping[str, Any], option: str, low: float, high: float, default: float) -> float:
    value = request.get(option, default)
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not low <= number <= high:
        raise InputError(f"The option {option} is {value!r}, but it must be a number from {low:g} to {high:g}.")
    return number
