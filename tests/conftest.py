"""What tests of every part share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data, outside the repository; the test is skipped where it is absent."""
    folder = Path(os.environ.get("SSB_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the real data in {folder} (or SSB_SHARED_DATA)")
    return folder
