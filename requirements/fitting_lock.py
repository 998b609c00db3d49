"""Prints the lock file that fits this machine, its Python and the build of torch that pip finds, or nothing where there is none.

PyTorch publishes the same version of torch with CUDA's libraries (on PyPI) and without them (on its own index, as 2.13.0+cpu). Which of
them pip takes is settled by pip's own settings, so that pip is asked.
"""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent


def fitting(system: str, machine: str, python: tuple[int, int], versions: Callable[[], str]) -> Path | None:
    """system, machine: as `platform` names them. versions: asks pip for the versions of torch that it finds, "" where it does not tell."""
    if (system, machine) == ("Darwin", "arm64"):
        return HERE / "lock-macos-arm64.txt"
    if (system, machine) != ("Linux", "x86_64"):
        return None
    cpu = HERE / "lock-linux-x86_64-cpu.txt"
    torch = re.search(r"^torch==([^ ]+)", cpu.read_text(encoding="utf-8"), re.MULTILINE)[1]
    found = re.findall(r"[^\s,]+", versions())
    if f"{torch}+cpu" in found:
        wheel = f"torch-{torch}+cpu-cp{python[0]}{python[1]}-"
        return cpu if wheel in (HERE / "torch-cpu.sha256").read_text(encoding="utf-8") else None
    return HERE / "lock-linux-x86_64-cuda.txt" if torch in found else None


def _versions() -> str:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "index", "versions", "torch"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    lock = fitting(platform.system(), platform.machine(), sys.version_info[:2], _versions)
    if lock is not None:
        print(lock.relative_to(HERE.parent))
