"""The lock files: whole, in step with the requirements files, and chosen for the right platform."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fitting_lock import fitting
from lock import CPU, CUDA, CUDA_ONLY, NEWEST, PLATFORMS, cpu_builds, entries, without_marker

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {
    **{f"lock-{platform}.txt": "requirements.txt" for platform in (*PLATFORMS, CPU)},
    **{f"lock-{kind}.txt": f"requirements-{kind}.txt" for kind in ("dev", "slicer", "supply")},
}


def pins(text: str) -> set[tuple[str, str]]:
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in found}


def test_there_is_a_lock_file_for_each_purpose_and_no_other() -> None:
    assert {path.name for path in (ROOT / "requirements").glob("lock-*.txt")} == set(SOURCES)


@pytest.mark.parametrize("lock", SOURCES)
def test_a_lock_file_has_what_its_requirements_ask_for(lock: str) -> None:
    missing = pins((ROOT / SOURCES[lock]).read_text()) - pins((ROOT / "requirements" / lock).read_text())
    assert missing == set(), "run make locks"


@pytest.mark.parametrize("lock", SOURCES)
def test_every_package_has_digests_and_no_line_names_a_place(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    whole = re.compile(r"[a-z0-9.-]+==[^\s;]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n")
    assert [entry for entry in entries(text) if not whole.fullmatch(entry)] == []
    assert re.search(r"https?:|file:|--[a-z-]*index|--find-links", text) is None


def test_the_cpu_lock_is_the_cuda_lock_without_cuda() -> None:
    cpu, cuda = (pins((ROOT / f"requirements/lock-{name}.txt").read_text()) for name in (CPU, CUDA))
    assert cpu < cuda
    assert {name for name, _ in cuda - cpu if not CUDA_ONLY.fullmatch(name)} == set()


CUDA_LOCK = (
    f"torch==2.0 \\\n    --hash=sha256:{'a' * 64}\n"
    f"torchvision==0.5 \\\n    --hash=sha256:{'b' * 64}\n"
    f"triton==3 ; python_full_version < '3.12' \\\n    --hash=sha256:{'c' * 64}\n"
    f"nvidia-nccl-cu13==2 \\\n    --hash=sha256:{'d' * 64}\n"
)


def test_torch_for_the_cpu_has_its_own_digests_alone() -> None:
    listed = f"# where from\n{'e' * 64}  torch-2.0+cpu-cp311-cp311-x.whl\n{'f' * 64}  torchvision-0.5+cpu-cp311-cp311-x.whl\n"
    assert cpu_builds(CUDA_LOCK, listed) == (
        f"torch==2.0 \\\n    --hash=sha256:{'e' * 64}\ntorchvision==0.5 \\\n    --hash=sha256:{'b' * 64} \\\n    --hash=sha256:{'f' * 64}\n"
    )


def test_a_torch_without_digests_of_its_cpu_build_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"^torch-cpu\.sha256 has no wheel of torch 2\.0: renew it"):
        cpu_builds(CUDA_LOCK, f"{'e' * 64}  torch-1.9+cpu-cp311-cp311-x.whl\n")


def test_the_marker_of_the_platform_itself_is_left_out() -> None:
    marker = PLATFORMS[CUDA]
    lines = f"a==1 ; {NEWEST} and {marker} \\\nb==1 ; python_full_version < '3.11' and {marker} \\\n"
    assert without_marker(lines, [marker]) == "a==1 \\\nb==1 ; python_full_version < '3.11' \\\n"
    assert without_marker(lines, [marker, "sys_platform == 'win32'"]) == lines


@pytest.mark.parametrize(
    ("system", "machine", "python", "versions", "lock"),
    [
        ("Linux", "x86_64", (3, 11), "torch (2.14.1)\nAvailable versions: 2.14.1, 2.13.0+cpu, 2.13.0", "lock-linux-x86_64-cpu.txt"),
        ("Linux", "x86_64", (3, 12), "Available versions: 2.13.0+cpu", "lock-linux-x86_64-cpu.txt"),
        ("Linux", "x86_64", (3, 11), "Available versions: 2.14.1, 2.13.0, 2.12.1", "lock-linux-x86_64-cuda.txt"),
        ("Linux", "x86_64", (3, 10), "Available versions: 2.13.0", "lock-linux-x86_64-cuda.txt"),
        ("Linux", "x86_64", (3, 10), "Available versions: 2.13.0+cpu, 2.13.0", None),
        ("Linux", "x86_64", (3, 11), "Available versions: 2.14.1", None),
        ("Linux", "x86_64", (3, 11), "", None),
        ("Linux", "aarch64", (3, 11), "Available versions: 2.13.0", None),
        ("Darwin", "arm64", (3, 11), "", "lock-macos-arm64.txt"),
        ("Darwin", "x86_64", (3, 11), "Available versions: 2.13.0", None),
    ],
)
def test_the_lock_that_fits(system: str, machine: str, python: tuple[int, int], versions: str, lock: str | None) -> None:
    found = fitting(system, machine, python, lambda: versions)
    assert (found.name if found else None) == lock
