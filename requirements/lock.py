"""Renews the lock files of this folder: `make locks`, and `make locks UPGRADE=1` for newer versions of what no requirements file names.

Each file holds every package that a platform installs, at one version, with the SHA-256 of each of its files on PyPI, so that pip refuses
what was changed on the way (`pip install --no-deps --require-hashes -r FILE`). Python 3.10 to 3.12 share a file; markers tell where they
differ.
Without UPGRADE, versions stay as they are as far as the requirements let them.

PyTorch's builds for the CPU come from PyTorch's own index under the same version; their digests stand in torch-cpu.sha256, which is
renewed by hand, with torch, from https://download.pytorch.org/whl/cpu/torch/ and .../torchvision/.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PLATFORMS = {
    "linux-x86_64-cuda": "platform_machine == 'x86_64' and sys_platform == 'linux'",
    "macos-arm64": "platform_machine == 'arm64' and sys_platform == 'darwin'",
    "windows-x86_64": "platform_machine == 'AMD64' and sys_platform == 'win32'",
}
NEWEST = "python_full_version < '3.13'"
"""What uv would resolve beyond, and fail, is of no use here."""
CUDA, CPU = "linux-x86_64-cuda", "linux-x86_64-cpu"
CUDA_ONLY = re.compile(r"(nvidia|cuda)-.*|triton")
"""Packages that torch asks for in its CUDA build alone."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="newer versions of what no requirements file names")
    upgrade = parser.parse_args().upgrade
    for platform, marker in PLATFORMS.items():
        text = resolved("requirements.txt", lock_of(platform), [marker], upgrade=upgrade)
        write(platform, "requirements.txt", text)
        if platform == CUDA:
            write(CPU, "requirements.txt", cpu_builds(text, (HERE / "torch-cpu.sha256").read_text(encoding="utf-8")))
    for kind in ("dev", "slicer", "supply"):
        source = f"requirements-{kind}.txt"
        # What the tests use beside the program is the program's own version of it.
        bounds = [lock_of(platform) for platform in PLATFORMS] if kind == "dev" else []
        write(kind, source, resolved(source, lock_of(kind), list(PLATFORMS.values()), bounds, upgrade=upgrade))


def lock_of(name: str) -> Path:
    return HERE / f"lock-{name}.txt"


def write(name: str, source: str, text: str) -> None:
    head = f"# Made by `make locks` from {source}; install with pip install --no-deps --require-hashes -r requirements/lock-{name}.txt\n"
    lock_of(name).write_text(head + text, encoding="utf-8")
    print(f"requirements/lock-{name}.txt: {len(list(entries(text)))} packages")


def resolved(source: str, lock: Path, markers: list[str], bounds: list[Path] | None = None, *, upgrade: bool) -> str:
    """The text of a lock file of `source` in the environments of `markers`, in which what is true of all of them is left out."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        listed = ",\n".join(f'"{NEWEST} and {marker}"' for marker in markers)
        project = f'[project]\nname = "locks"\nversion = "0"\nrequires-python = ">=3.10,<3.13"\n[tool.uv]\nenvironments = [{listed}]\n'
        (folder / "pyproject.toml").write_text(project)
        # uv keeps the versions of an output that is there already.
        if lock.is_file():
            shutil.copy(lock, folder / "lock.txt")
        command = ["uv", "pip", "compile", "--universal", "--python-version", "3.10", "--generate-hashes", "--no-header", "--no-annotate"]
        command += ["--quiet", "--output-file", "lock.txt", *(["--upgrade"] if upgrade else []), str(ROOT / source)]
        for bound in bounds or []:
            command += ["--constraints", str(bound)]
        subprocess.run([str(Path(sys.executable).with_name(command[0])), *command[1:]], cwd=folder, check=True)
        return without_marker((folder / "lock.txt").read_text(encoding="utf-8"), markers)


def without_marker(text: str, markers: list[str]) -> str:
    """With one environment, its marker stands in every line: without it, a lock of another platform fails instead of installing nothing."""
    if len(markers) > 1:
        return text
    for told in (f" ; {NEWEST} and {markers[0]}", f" and {markers[0]}", f" and {NEWEST}"):
        text = text.replace(f"{told} \\", " \\")
    return text


def entries(text: str) -> Iterator[str]:
    """Each package with its hashes, as it stands in a lock file."""
    return (entry for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE) if not entry.startswith("#") and entry.strip())


def cpu_builds(text: str, digests: str) -> str:
    """The lock of PyPI's builds as one of PyTorch's builds for the CPU. digests: lines of sha256sum, one a wheel.

    torch must be the CPU build, for only that one does without CUDA's libraries; torchvision may be either.
    """
    found = [line.split() for line in digests.splitlines() if line and not line.startswith("#")]
    kept = []
    for entry in entries(text):
        name, version = re.match(r"([^=]+)==([^ ]+)", entry).groups()
        if CUDA_ONLY.fullmatch(name):
            continue
        own = [f"    --hash=sha256:{digest}" for digest, file in found if file.startswith(f"{name}-{version}+cpu-")]
        if name == "torch":
            if not own:
                raise SystemExit(f"torch-cpu.sha256 has no wheel of torch {version}: renew it, see lock.py.")
            entry = " \\\n".join([entry.split(" \\", 1)[0], *own]) + "\n"
        elif own:
            entry = " \\\n".join([entry.rstrip("\n"), *own]) + "\n"
        kept.append(entry)
    return "".join(kept)


if __name__ == "__main__":
    main()
