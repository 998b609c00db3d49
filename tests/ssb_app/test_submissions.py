"""From a submitted file to a kept annotation."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from fastapi import UploadFile

from ssb.annotations.annotation import Origin
from ssb.annotations.store import AnnotationStore
from ssb.errors import InputError
from ssb.volumes import Volume, write_nifti
from ssb_app.submissions import Submissions, received

AFFINE = np.diag([0.7, 0.7, 2.0, 1.0])
VOLUME = Volume(np.zeros((12, 14, 8), np.int16), AFFINE)


def test_a_cropped_file_is_kept_on_the_images_grid_and_shown(tmp_path: Path) -> None:
    shown: list[str] = []
    submissions = Submissions(AnnotationStore(tmp_path / "kept"), {"ct": VOLUME}.__getitem__, shown.append)
    crop = AFFINE.copy()
    crop[:3, 3] = AFFINE[:3, :3] @ [2, 3, 4]
    file = write_nifti(tmp_path / "crop.nii.gz", np.ones((3, 2, 1), np.uint8), crop)
    found = submissions.submit("ct", file, "anna", Origin("3D Slicer"))
    wanted = np.zeros(VOLUME.shape, bool)
    wanted[2:5, 3:5, 4] = True
    np.testing.assert_array_equal(submissions.store.read(found).array, wanted)
    assert shown == ["ct"]


def test_an_annotation_that_cannot_be_shown_is_kept_and_acknowledged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def full(image: str) -> NoReturn:
        raise OSError(28, "No space left on device")

    submissions = Submissions(AnnotationStore(tmp_path / "kept"), {"ct": VOLUME}.__getitem__, full)
    file = write_nifti(tmp_path / "a.nii.gz", np.ones(VOLUME.shape, np.uint8), AFFINE)
    assert submissions.submit("ct", file, "anna", Origin()) == submissions.store.latest("ct", "anna")
    assert "The newest annotation of image ct cannot be shown as final" in caplog.text


def test_an_upload_keeps_its_kind_but_not_its_name() -> None:
    with received(UploadFile(io.BytesIO(b"content"), filename="/tmp/DOE^JANE.SEG.nrrd")) as path:
        assert (path.name, path.read_bytes()) == ("received.seg.nrrd", b"content")
    assert not path.parent.exists()


@pytest.mark.parametrize("name", ["a.png", "nii.gz", None])
def test_an_upload_of_another_kind_is_refused(name: str | None) -> None:
    with (
        pytest.raises(InputError, match=r"its name must end in \.seg\.nrrd, \.nii\.gz, \.nii, \.nrrd, \.dcm\.$"),
        received(UploadFile(io.BytesIO(b""), filename=name)),
    ):
        pass
