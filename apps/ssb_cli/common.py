"""What several commands need: the model, the checked options, whole numbers, an output folder."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ssb.errors import InputError, NotFoundError
from ssb.options import Options, check_options

if TYPE_CHECKING:
    from ssb.checkpoint import Model


def load_asked_model(parsed: Namespace) -> Model:
    """The model that --checkpoint and --device name."""
    from ssb.checkpoint import load_model
    from ssb.device import resolve_device
    from ssb.shipped import shipped_checkpoint

    device = resolve_device(parsed.device)
    return load_model(parsed.checkpoint or shipped_checkpoint(), device)


def options_of(parsed: Namespace, model: Model) -> Options:
    """The checked options; nfe and guidance that were not given are the preset's."""
    nfe = model.preset.nfe if parsed.nfe is None else parsed.nfe
    guidance = model.preset.guidance if parsed.guidance is None else parsed.guidance
    return check_options(parsed.samples, nfe, guidance, parsed.seed)


def whole_number(text: str, option: str, low: int, high: int) -> int:
    """`text` as a whole number from low to high; an InputError that names the option otherwise."""
    number = int(text) if text.isascii() and text.isdigit() else None
    if number is None or not low <= number <= high:
        raise InputError(f"The option {option} is '{text}', but it must be a whole number from {low} to {high}.")
    return number


def lidc_folder(data: str) -> Path:
    """The folder of `--data lidc:DIR`; an InputError for another kind of data or a folder that does not exist."""
    kind, _, folder = data.partition(":")
    if kind != "lidc" or not folder:
        raise InputError(f"The data '{data}' is not known: give lidc:DIR, where DIR holds nodules.csv and the folder nodules.")
    if not Path(folder).is_dir():
        raise NotFoundError(f"There is no folder '{folder}'.")
    return Path(folder)


def make_folder(folder: Path) -> None:
    """The output folder, made where it is missing; an InputError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The output folder '{folder}' cannot be made: {error.strerror}.") from error
