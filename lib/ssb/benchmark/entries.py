"""What is compared: the methods, and the lines of the tables that each of them fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssb.errors import InputError
from ssb.presets import PRESETS, Preset, preset_named

SHIPPED = "shipped"
BRIDGES = ("shipped", "ssbpp", "ssb")


@dataclass(frozen=True)
class Recipe:
    """One method of the comparison.

    name: its folder and the word for it in --methods. kind: of `ssb.method.Method`. suffix: of the preset's name.
    own_budget: comes trained with its repository, so it is shown but never ranked with the others.
    """

    name: str
    title: str
    kind: str
    suffix: str = ""
    own_budget: bool = False

    def preset(self, base: str) -> Preset:
        """The preset that this method is trained with when the task's preset is `base`."""
        return preset_named(base + self.suffix)


@dataclass(frozen=True)
class Entry:
    """One line of the tables: a method at a number of network function evaluations.

    nfe: evaluations a sample, 1 for methods of one pass. samples: most samples that the default plan draws.
    everywhere: scored on all crops, not on the subset alone. independent: its samples are drawn independently of each other, which is
        what lets the GED of few samples tell that of more (`ssb.benchmark.expected`).
    """

    method: str
    nfe: int
    samples: int
    everywhere: bool
    independent: bool = False

    @property
    def key(self) -> str:
        """The word for the entry in files and in --everywhere."""
        return f"{self.method}-{self.nfe}"


# A frozen plan that one CPU core can carry: about 2 ms an evaluation and sample of the bridge, see the README for what it takes in all.
RECIPES = (
    Recipe(SHIPPED, "SSB++ (shipped)", "bridge", own_budget=True),
    Recipe("ssbpp", "SSB++", "bridge"),
    Recipe("ssb", "SSB", "bridge", suffix="_ssb"),
    Recipe("probabilistic_unet", "Probabilistic U-Net", "probabilistic_unet"),
    Recipe("ssn", "SSN", "ssn"),
    Recipe("threshold", "Threshold sampler", "threshold"),
    Recipe("ranked", "Ranked U-Net", "ranked"),
    Recipe("diffusion", "Conditional diffusion", "diffusion"),
)
ENTRIES = (
    Entry("shipped", 2, 100, everywhere=True),
    Entry("shipped", 4, 32, everywhere=False),
    Entry("shipped", 8, 32, everywhere=True),
    Entry("shipped", 16, 32, everywhere=False),
    Entry("shipped", 50, 32, everywhere=True),
    Entry("ssbpp", 4, 32, everywhere=False),
    Entry("ssbpp", 8, 100, everywhere=True),
    Entry("ssbpp", 16, 32, everywhere=False),
    Entry("ssbpp", 50, 32, everywhere=False),
    Entry("ssb", 50, 32, everywhere=False, independent=True),
    Entry("probabilistic_unet", 1, 100, everywhere=True, independent=True),
    Entry("ssn", 1, 100, everywhere=True, independent=True),
    Entry("threshold", 1, 100, everywhere=True),
    Entry("ranked", 1, 100, everywhere=True),
    Entry("diffusion", 50, 32, everywhere=False, independent=True),
    Entry("diffusion", 250, 4, everywhere=False, independent=True),
    Entry("diffusion", 1000, 2, everywhere=False, independent=True),
)


def recipes_for(base: str, names: Sequence[str] | None) -> tuple[Recipe, ...]:
    """The methods called `names`, all by default, in the order of the table; SSB only where the task has a preset for it.

    Raises InputError for an unknown name, and for SSB where there is no such preset.
    """
    preset_named(base)
    there = tuple(recipe for recipe in RECIPES if base + recipe.suffix in PRESETS)
    known = [recipe.name for recipe in there]
    for name in names or ():
        if name not in known:
            raise InputError(f"There is no method '{name}' for the preset {base}: choose from {', '.join(known)}.")
    return tuple(recipe for recipe in there if names is None or recipe.name in names)


def title_of(entry: Entry) -> str:
    """How the tables call an entry."""
    title = next(recipe.title for recipe in RECIPES if recipe.name == entry.method)
    return title if entry.nfe == 1 else f"{title}, {entry.nfe} NFE"
