"""Options of a request as viewers send them: shown in MONAI Label's option tables, checked when a request comes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ssb.errors import InputError
from ssb.options import GUIDANCE, NFE, SAMPLES, SEED, Options, check_options
from ssb.outputs.labelmap import CONSENSUS, show_choices
from ssb.presets import Preset

ALL_SAMPLES = "all samples"
EXTENSIONS = (".nrrd", ".nii.gz", ".nii", ".seg.nrrd")


@dataclass(frozen=True)
class Wanted:
    """What the answer must look like.

    show: a view of the sample set, see `ssb.outputs.labelmap`, or "all samples" for the layered file.
    extension: of the file. compress: whether its voxels are compressed. by_task: whether a label has the value that the task's label
    table gives it, as OHIF wants; else the labels that the file holds have the values 1, 2, ... in that order, as 3D Slicer's module
    wants, which gives value n to the n-th of the answer's names and drops all others.
    """

    show: str
    extension: str
    compress: bool
    by_task: bool = False


def option_table(preset: Preset, groups: Iterable[str] = ()) -> dict[str, Any]:
    """The options with their defaults, for a task's `config()`: a list is a dropdown whose first item is the default.

    groups: whose raters the checkpoint can imitate, its default first, see `ssb.checkpoint.Model`; a choice only where there are several.
    """
    samples, raters = int(SAMPLES.default or 0), list(groups)
    return {
        "show": [*show_choices(samples), ALL_SAMPLES],
        "samples": samples,
        "nfe": preset.nfe,
        "guidance": preset.guidance,
        "seed": SEED.default,
        **({"raters": raters} if len(raters) > 1 else {}),
    }


def read_options(request: Mapping[str, Any], preset: Preset, groups: Iterable[str] = ()) -> Options:
    """The options of a request; an absent key takes its default, text that is a number is one. Raises InputError otherwise.

    groups: see `option_table`.
    """
    defaults = option_table(preset)
    samples, nfe, guidance, seed = (request.get(limit.name, defaults[limit.name]) for limit in (SAMPLES, NFE, GUIDANCE, SEED))
    known = list(groups) or [""]
    raters = request.get("raters", known[0])
    if raters not in known:
        allowed = " or ".join(known) if any(known) else "left out: the checkpoint knows one group of raters"
        raise InputError(f"The option raters is {raters!r}, but it must be {allowed}.")
    return replace(check_options(samples, nfe, guidance, seed), raters=raters)


def read_wanted(request: Mapping[str, Any], samples: int) -> Wanted:
    """What a request of `samples` masks wants to see and in which file.

    Keys: show, result_extension, result_dtype, result_compress, and restore_label_idx, which OHIF sends as false.
    Raises InputError where a value is unknown; which interpretations there are is known only after sampling, so any is let pass.
    """
    show = request.get("show", CONSENSUS)
    known = isinstance(show, str) and (
        show in (*show_choices(samples, 0), ALL_SAMPLES, "no lesion") or re.fullmatch(r"interpretation \d+", show)
    )
    if not known:
        allowed = f"consensus, levels, interpretation 1 (and so on), no lesion, sample 1 to sample {samples}, or {ALL_SAMPLES}"
        raise InputError(f"The option show is {show!r}, but it must be one of {allowed}.")
    extension = request.get("result_extension", EXTENSIONS[0])
    if extension not in EXTENSIONS:
        raise InputError(f"The option result_extension is {extension!r}, but it must be one of {', '.join(EXTENSIONS)}.")
    if request.get("result_dtype", "uint8") != "uint8":
        raise InputError(f"The option result_dtype is {request['result_dtype']!r}, but masks are uint8.")
    compress, in_order = (_yes_or_no(request, name) for name in ("result_compress", "restore_label_idx"))
    return Wanted(show, ".seg.nrrd" if show == ALL_SAMPLES else extension, compress, not in_order)


def _yes_or_no(request: Mapping[str, Any], name: str) -> bool:
    value = request.get(name, True)
    if value not in (True, False, "true", "false"):
        raise InputError(f"The option {name} is {value!r}, but it must be true or false.")
    return value in (True, "true")
