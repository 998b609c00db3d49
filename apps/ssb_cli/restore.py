"""The command `restore`: what a backup holds, put back where it is missing."""

from __future__ import annotations

from argparse import Namespace

from ssb.backup import restore
from ssb_cli.backup import bar
from ssb_cli.common import annotations_of, asked_versions


def run(parsed: Namespace) -> None:
    """Put back what is missing and say what that was."""
    annotations = annotations_of(parsed.studies, parsed.annotations)
    models = parsed.models or asked_versions(parsed).folder
    with bar("restoring", "version") as progress:
        found = restore(parsed.file, annotations, models, progress)
    print(f"Restored {found.annotations} annotations and {found.models} model versions; {found.there} were there already.")
    if found.audit:
        print(f"{found.audit} files of the audit log are back.")
    if found.use:
        print(f"The model in use is {found.use}, as when the backup was made.")
