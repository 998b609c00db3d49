"""What libraries log loses what may name a patient, and stays readable otherwise."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator

import pydicom
import pytest
from pydicom.dataset import Dataset

from ssb_app.log_privacy import hide_names, redacted

NAME = "Quittenbaum^Ottilie"


@pytest.fixture
def hiding() -> Iterator[None]:
    factory = logging.getLogRecordFactory()
    hide_names()
    yield
    logging.captureWarnings(False)
    logging.setLogRecordFactory(factory)


def header() -> Dataset:
    found = Dataset()
    found.PatientName, found.PatientID = NAME, "P7"
    return found


def test_dicom_in_every_form_loses_the_name_alone() -> None:
    found = header()
    for text in (
        str(found),
        f"{found.to_json()}",
        f"{found.to_json_dict()}",
        f"GET /studies?PatientName={NAME}&limit=1",
        f"00100010={NAME}",
        f"Callback with id '140198259855248' already exists for watch <Watch(path=b'/studies/{NAME}')>. It will be Overwritten.",
    ):
        assert "Quitten" in text and "Quitten" not in redacted(text)
    assert "P7" in redacted(str(found)) and "limit=1" in redacted(f"?PatientName={NAME}&limit=1")
    assert (
        redacted(f"Image: ct; File: UploadFile(filename='{NAME}.nii.gz', size=3)")
        == "Image: ct; File: UploadFile(filename=[hidden], size=3)"
    )


def test_messages_tracebacks_and_warnings_of_any_logger(hiding: None, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("any.library")
    logger.warning("found %s", header())
    try:
        raise ValueError(f"\n{header()}")
    except ValueError:
        logger.exception("failed")
    logger.warning("kept as %s with %d", "it is", 3)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        pydicom.config.settings.writing_validation_mode = pydicom.config.WARN
        odd = Dataset()
        odd.StudyInstanceUID = f"{NAME} is no UID"
    logging.captureWarnings(False)
    assert "Quitten" not in caplog.text
    assert caplog.text.count("[hidden]") >= 2
    assert "ValueError" in caplog.text and "kept as it is with 3" in caplog.text
