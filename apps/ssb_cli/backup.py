"""The command `backup`: all annotations and model versions of a site in one file."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from ssb.backup import back_up
from ssb.errors import NotFoundError
from ssb_cli.common import annotations_of, asked_versions, make_folder


def run(parsed: Namespace) -> None:
    """Write the file and say what it holds."""
    annotations, models = annotations_of(parsed.studies, parsed.annotations), asked_versions(parsed).folder
    if not annotations.is_dir():
        raise NotFoundError(
            f"There are no annotations in '{annotations}': nobody has submitted one yet, or they lie elsewhere (--annotations)."
        )
    make_folder(parsed.out.parent)
    with bar("backing up", "file") as progress:
        saved = back_up(parsed.out, annotations, models, progress)
    print(f"{parsed.out}: {saved.annotations} annotations and {saved.models} model versions, {saved.bytes / 2**20:.1f} MB.")


@contextmanager
def bar(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar that is told how many are done, and of how many."""
    with tqdm(desc=what, unit=unit) as shown:

        def progress(done: int, of: int) -> None:
            shown.total = of
            shown.update(done - shown.n)

        yield progress
