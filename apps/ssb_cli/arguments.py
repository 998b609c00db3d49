"""Options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from ssb.options import GUIDANCE, NFE, SAMPLES, SEED


def add_kept(parser: argparse.ArgumentParser) -> None:
    """Where annotations and model versions lie."""
    parser.add_argument("--studies", metavar="DIR", required=True, help="folder or DICOMweb address, as `serve` got it")
    parser.add_argument("--annotations", metavar="DIR", type=Path, help="folder of the annotations, where `serve` got one")
    add_model_folder(parser)


def add_data(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """The crops."""
    told = "lidc:DIR, site:DIR, coca:DIR, phantom:[SEED,]COUNT; see below"
    parser.add_argument("--data", metavar="KIND:WHERE", required=required, help=told)


def add_numbers(parser: argparse.ArgumentParser, guidance: bool = True) -> None:
    """What a sampling may be asked; guidance: whether its weight is among that."""
    preset, samples, seed = "default: the checkpoint's own", SAMPLES.default, SEED.default
    parser.add_argument("--samples", metavar="N", default=str(samples), help=f"masks, {SAMPLES.allowed} (default: {samples})")
    parser.add_argument("--nfe", metavar="K", help=f"network evaluations a sample, {NFE.allowed}; more is slower ({preset})")
    if guidance:
        parser.add_argument("--guidance", metavar="W", help=f"weight of guidance, {GUIDANCE.allowed}; 0 is none ({preset})")
    parser.add_argument("--seed", metavar="S", default=str(seed), help=f"{SEED.allowed}; same seed, same masks (default: {seed})")


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """A checkpoint by its file."""
    parser.add_argument("--checkpoint", metavar="FILE", type=Path, help="a .safetensors checkpoint (default: the version in use)")


def add_model_folder(parser: argparse.ArgumentParser) -> None:
    """A model folder."""
    parser.add_argument("--models", metavar="DIR", type=Path, help="folder of the model's versions (default: model/)")


def add_raters_group(parser: argparse.ArgumentParser) -> None:
    """Whose raters are imitated."""
    told = "whose raters to imitate, site or published (default: the site's where the checkpoint was retrained)"
    parser.add_argument("--raters", metavar="GROUP", help=told)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument("--device", metavar="D", default="auto", help="cpu, cuda, cuda:N or auto (default: auto, cuda where there is one)")


def command_named(name: str) -> Callable[[argparse.Namespace], None]:
    """What carries out a command, imported only when it runs, so that --help is quick."""

    def run(parsed: argparse.Namespace) -> None:
        import_module(f"ssb_cli.{name}").run(parsed)

    return run
