"""What a request may ask: the limits and defaults that the command line, the server and the tests share."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ssb.errors import InputError


@dataclass(frozen=True)
class Limit:
    """The closed range [low, high] of one option, its default, and whether only whole numbers are allowed.

    default is None where the default belongs to the preset of the checkpoint, not to the option.
    """

    name: str
    low: float
    high: float
    default: float | None
    whole: bool = True

    @property
    def allowed(self) -> str:
        """The range in words, such as "a whole number from 1 to 64"."""
        return f"a {'whole ' if self.whole else ''}number from {self.low} to {self.high}"

    def check(self, value: object) -> float:
        """`value` (a number, or text that is one) as a float; an InputError where it is no number or outside the range."""
        number = _as_number(value)
        if number is None or not self.low <= number <= self.high or (self.whole and number != int(number)):
            raise InputError(f"The option {self.name} is {_shown(value)}, but it must be {self.allowed}.")
        return number


SAMPLES = Limit("samples", 1, 64, 16)
NFE = Limit("nfe", 1, 100, None)
GUIDANCE = Limit("guidance", 0, 5, None, whole=False)
SEED = Limit("seed", 0, 2**31 - 1, 0)
RATE = Limit("rate", 1e-6, 0.1, 2e-3, whole=False)


@dataclass(frozen=True)
class Options:
    """Checked options of one request.

    samples: number of masks N. nfe: network function evaluations a sample, see `ssb.sampling.BridgeSampler` for what they are spent on.
    guidance: classifier-free guidance weight, 0 = none.
    seed: start of the random numbers; same request and seed give the same masks. raters: whose manner is drawn in, see
    `ssb.checkpoint.Model`; "" is the checkpoint's own.
    """

    samples: int
    nfe: int
    guidance: float
    seed: int
    raters: str = ""


def check_options(samples: object, nfe: object, guidance: object, seed: object) -> Options:
    """The four options of a request as numbers; each may be a number or text that is one, such as "16".

    Raises InputError with one sentence naming the option, the value and the allowed range. True and False are not numbers,
    16.0 is a whole number, 16.5 is not.
    """
    return Options(
        samples=int(SAMPLES.check(samples)),
        nfe=int(NFE.check(nfe)),
        guidance=GUIDANCE.check(guidance),
        seed=int(SEED.check(seed)),
    )


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
