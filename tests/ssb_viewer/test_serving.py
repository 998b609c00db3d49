"""What is said before the viewer starts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ssb.errors import InputError, NotFoundError
from ssb_viewer.serving import serve


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("")
    return tmp_path


def test_without_ohif_one_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"OHIF is not in '.*none': install it with `make viewer`"):
        serve("http://127.0.0.1:8042/dicom-web", ohif=tmp_path / "none")


def test_an_address_that_cannot_be_used_is_refused(dist: Path) -> None:
    with pytest.raises(InputError, match="The PACS is 'studies', but it must be a DICOMweb address"):
        serve("studies", ohif=dist)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"The port {port} of 127.0.0.1 cannot be used"):
            serve("http://127.0.0.1:8042/dicom-web", port=port, ohif=dist)
