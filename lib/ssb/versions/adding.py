"""How a trained model becomes a version: written beside its place, synced, and renamed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssb.annotations.durable import make_folder, sync
from ssb.annotations.incoming import incoming, move_to_free
from ssb.checkpoint import load_model, load_tensors, save_tensors
from ssb.errors import CheckpointError
from ssb.identity import sha256_of
from ssb.versions.version import CHECKPOINT, Version, site_number, site_version, write_record

if TYPE_CHECKING:
    from ssb.gate import Verdict


def add_version(home: Path, checkpoint: Path, verdict: Verdict, facts: Mapping[str, Any]) -> Version:
    """The checkpoint's copy as the next version in `home`; see `Versions.add`.

    The rename decides between two processes that want the same number, so no lock is needed and a killed process leaves none behind.
    """
    base = load_model(checkpoint).preset.name
    tensors, header = load_tensors(checkpoint)
    time = datetime.now(timezone.utc).isoformat(timespec="seconds")

    def named(number: int) -> str:
        return f"{base}-site-{number}"

    if not site_number(named(1)):
        raise CheckpointError(f"The checkpoint {checkpoint.name} has the preset '{base}', which cannot be part of a version's name.")
    make_folder(home)
    taken = [number for entry in home.iterdir() if (number := site_number(entry.name, re.escape(base)))]

    with incoming(home) as folder:

        def complete(number: int) -> None:
            file = folder / CHECKPOINT
            save_tensors(file, tensors, {**header, "name": named(number)})
            sync(file)
            version = Version(
                named(number),
                file,
                shipped=False,
                published=verdict.published,
                reason=verdict.reason,
                time=time,
                sha256=sha256_of(file),
                facts=dict(facts),
                report=verdict.report,
            )
            sync(write_record(folder, version))

        number = move_to_free(folder, home, max(taken, default=0) + 1, named, complete)
    return site_version(home / named(number))
