"""The versions in a model folder: added whole or not at all, listed, and chosen for use.

    folder/<preset>-<n>.safetensors                         shipped with the program
    folder/versions/<preset>-site-<n>/checkpoint.safetensors  trained by the site; its header carries the version's name
    folder/versions/<preset>-site-<n>/report.json             the gate's verdict, facts of the training, time, SHA-256
    folder/current.json                                     which version is in use; without it the newest shipped one

Nothing is ever deleted. A folder that is only read may be read-only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssb.checkpoint import load_model
from ssb.errors import CheckpointError, InputError, NotFoundError, SSBError, StorageError
from ssb.shipped import MODEL_FOLDER, shipped_checkpoint, shipped_checkpoints
from ssb.versions.adding import add_version
from ssb.versions.pointer import Identity, pointer_identity, read_pointer, write_pointer
from ssb.versions.version import Version, shipped_version, site_number, site_version

if TYPE_CHECKING:
    from ssb.gate import Verdict

VERSIONS = "versions"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class InUse:
    """The version in use. problem: one sentence on why it is not the one that was chosen, "" where it is."""

    version: Version
    problem: str


class Versions:
    """The versions in `folder`. Many threads and processes may share it.

    A folder without a shipped checkpoint of its own, such as a container's volume, goes with those of the repository.
    """

    def __init__(self, folder: Path = MODEL_FOLDER) -> None:
        self.folder = folder.resolve()

    def list(self) -> tuple[Version, ...]:
        """All versions, the shipped ones first, each kind in the order of its numbers. A damaged one is listed with its `damage`."""
        return tuple(read(path) for read, path in self._places())

    def show(self, name: str) -> Version:
        """One version; a NotFoundError that lists the names where there is none of that name."""
        names = []
        for read, path in self._places():
            names.append(path.stem)
            if names[-1] == name:
                return read(path)
        raise NotFoundError(f"There is no model version '{name}': choose one of {', '.join(names)}.")

    def current(self) -> Path:
        """The checkpoint of the version in use; where that is not the chosen one, the log says why."""
        found = self.in_use()
        if found.problem:
            logger.warning(f"{found.problem} The shipped version {found.version.name} is used instead.")
        return found.version.checkpoint

    def in_use(self) -> InUse:
        """What `use` chose last; the newest shipped version where nothing was chosen, or where the chosen one is gone or damaged.

        Raises CheckpointError where there is no shipped one, or the newest is damaged.
        """
        try:
            name = read_pointer(self.folder)
            if name is None:
                return InUse(self.newest_shipped(), "")
            chosen = self.show(name)
            if not chosen.damage:
                return InUse(chosen, "")
            problem = chosen.damage
        except SSBError as error:
            problem = str(error)
        return InUse(self.newest_shipped(), problem)

    def identity(self) -> Identity:
        """Changes with every `use`, by whatever process; cheap enough to ask before each request."""
        return pointer_identity(self.folder)

    def use(self, name: str, *, force: bool = False) -> Version:
        """Choose the version that is used from now on, an earlier one too; servers on this folder switch with their next request.

        Raises NotFoundError for an unknown name, InputError for a refused version without `force`, CheckpointError for one that is
        damaged or does not fit this program, StorageError where the folder cannot be written; then the choice stays as it was.
        """
        version = self.show(name)
        if version.damage:
            raise CheckpointError(version.damage)
        if not version.published and not force:
            raise InputError(
                f"The version {name} was refused by the gate, so using it needs --force (over HTTP force=true): {version.reason}"
            )
        load_model(version.checkpoint)
        with self._writing():
            write_pointer(self.folder, name)
        return version

    def add(self, checkpoint: Path, verdict: Verdict, facts: Mapping[str, Any]) -> Version:
        """Keep a trained model under the next name <preset>-site-<n>, a refused one too; it is on the disk when this returns.

        The model in use stays: call `use`. The copy's header carries the version's name, so that a sample set tells which model drew
        it. facts: plain JSON types without NaN; `raters` (names) and `images` (their ids) are shown in lists. Raises CheckpointError
        for a file that is no model of this program, StorageError where the folder cannot be written.
        """
        with self._writing():
            return add_version(self.folder / VERSIONS, checkpoint, verdict, facts)

    def newest_shipped(self) -> Version:
        """The one that is used where nothing was chosen; a CheckpointError where there is none, or it is damaged."""
        version = shipped_version(shipped_checkpoint(folder=self._shipped_folder))
        if version.damage:
            raise CheckpointError(version.damage)
        return version

    @property
    def _shipped_folder(self) -> Path:
        return self.folder if shipped_checkpoints(self.folder) else MODEL_FOLDER

    def _places(self) -> Iterator[tuple[Callable[[Path], Version], Path]]:
        """Where each version lies, and what reads it; the stem of the path is its name."""
        for path in shipped_checkpoints(self._shipped_folder):
            yield shipped_version, path
        home = self.folder / VERSIONS
        for path in sorted((path for path in home.glob("*-site-*") if site_number(path.name)), key=lambda path: site_number(path.name)):
            yield site_version, path

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise StorageError(f"The model folder '{self.folder}' cannot be written ({why}): name another with --models.") from error
