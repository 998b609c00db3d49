"""What several commands need: the model, the crops, the checked options, whole numbers, an output folder."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ssb.errors import InputError, NotFoundError
from ssb.options import Options, check_options

if TYPE_CHECKING:
    from ssb.checkpoint import Model
    from ssb.datasets.crops import CropSet
    from ssb.presets import Preset
    from ssb.versions import Versions


def load_asked_model(parsed: Namespace) -> Model:
    """The model that --checkpoint, --models, --device and --raters name."""
    from ssb.checkpoint import load_model
    from ssb.device import resolve_device

    device = resolve_device(parsed.device)
    return load_model(parsed.checkpoint or asked_versions(parsed).current(), device, parsed.raters or "")


def asked_versions(parsed: Namespace) -> Versions:
    """The versions in the folder that --models names; a NotFoundError where it does not exist."""
    from ssb.versions import Versions

    if parsed.models is None:
        return Versions()
    if not parsed.models.is_dir():
        raise NotFoundError(f"There is no model folder '{parsed.models}'.")
    return Versions(parsed.models)


def annotations_of(studies: str, annotations: Path | None) -> Path:
    """Where the annotations of a server's studies lie, a folder or the address of a DICOMweb server, unless `annotations` says so."""
    from ssb_app.folders import ANNOTATIONS_FOLDER, OWN_FOLDER

    if annotations is not None:
        return annotations
    if studies.startswith(("http://", "https://")):
        from ssb_app.pacs import annotations_folder

        return annotations_folder(studies)
    if not Path(studies).is_dir():
        raise NotFoundError(f"There is no studies folder '{studies}'.")
    return Path(studies) / OWN_FOLDER / ANNOTATIONS_FOLDER


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


def asked_crops(parsed: Namespace, split: str | None, preset: Preset) -> CropSet:
    """The crops that --data names; what its reader left out is said on stderr."""
    from ssb.datasets.open import open_crops

    crops = open_crops(parsed.data, split, preset)
    for one in crops.skipped:
        print(f"Left out {one.id}: {one.reason}", file=sys.stderr)
    return crops


def make_folder(folder: Path) -> None:
    """The output folder, made where it is missing; an InputError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The output folder '{folder}' cannot be made: {error.strerror}.") from error
