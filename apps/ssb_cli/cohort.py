"""`sample --cohort`: masks of many lesions, on this machine or on a Ray cluster."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

from tqdm import tqdm

from ssb.checkpoint import load_model
from ssb.cohort.overview import write_overview
from ssb.cohort.sheet import Case, read_sheet
from ssb.cohort.work import Outcome, Settings, is_done
from ssb.device import available_cores, resolve_device
from ssb.errors import InputError, SSBError
from ssb.identity import sha256_of
from ssb_app.server_process import termination_as_exception
from ssb_cli.common import asked_versions, make_folder, options_of, whole_number

OVERVIEW_SECONDS = 60.0
MOST_WORKERS = 256


class CohortError(SSBError):
    """Some cases of a cohort failed; the others are done."""


def run(parsed: Namespace) -> None:
    """Sample what is not done yet, with a progress bar, and keep an overview; at last say how many failed, and where it stands why."""
    if parsed.image or parsed.inside or parsed.outside or parsed.corrected or parsed.touched:
        raise InputError("With --cohort images and points stand in its file: give no IMAGE, no further points and no correction.")
    cases = read_sheet(parsed.cohort)
    checkpoint, device = parsed.checkpoint or asked_versions(parsed).current(), resolve_device(parsed.device)
    model = load_model(checkpoint, "cpu", parsed.raters or "")
    options = replace(options_of(parsed, model), raters=model.raters)
    make_folder(parsed.out)
    settings = Settings(checkpoint, sha256_of(checkpoint), device, options, parsed.out)
    left = [case for case in cases if not is_done(case, settings)]
    if len(left) < len(cases):
        print(f"{len(cases) - len(left)} of {len(cases)} lesions are done already.")
    problems: dict[str, str] = {}
    written = time.monotonic()
    try:
        with (
            termination_as_exception(),
            closing(_outcomes(parsed, left, settings)) as outcomes,
            tqdm(total=len(left), unit="lesion", desc="sampling") as bar,
        ):
            for outcome in outcomes:
                if outcome.problem:
                    problems[outcome.id] = outcome.problem
                    tqdm.write(f"{outcome.id}: {outcome.problem}")
                bar.update()
                if time.monotonic() - written > OVERVIEW_SECONDS:
                    write_overview(cases, settings, problems)
                    written = time.monotonic()
    finally:
        overview = write_overview(cases, settings, problems)
        print(f"Overview: {overview}")
    if problems:
        raise CohortError(f"{len(problems)} of {len(cases)} lesions failed; {overview} says why, and the same command tries them again.")


def _outcomes(parsed: Namespace, left: list[Case], settings: Settings) -> Generator[Outcome, None, None]:
    if not left:
        return
    if parsed.ray:
        from ssb.cohort.ray_cluster import on_ray

        yield from on_ray(left, settings, parsed.ray)
        return
    from ssb.cohort.processes import on_processes

    cores = available_cores()
    usual = 1 if settings.device.startswith("cuda") else cores
    workers = min(len(left), whole_number(parsed.workers, "--workers", 1, MOST_WORKERS) if parsed.workers else usual)
    yield from on_processes(left, settings, workers, max(1, cores // workers))
