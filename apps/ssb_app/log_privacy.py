"""What libraries write into the log loses what may name a patient: values of DICOM elements, queries, names of uploaded files.

Our own messages name images by their ids and DICOM by its UIDs. This is for those of MONAI Label, pydicom and others.
"""

from __future__ import annotations

import logging
import re
from typing import Any

HIDDEN = "[hidden]"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(\bPN: )[^\n]*",  # pydicom's print of an element
        r"(Invalid value for VR \w\w: )[^\n]*",  # pydicom's warnings of values
        r"((?:Patients?Name|00100010)=)[^&\s'\"]*",  # a query
        r"(UploadFile\(filename=)(?:'[^']*'|\"[^\"]*\")",
        r"(Callback with id '\w+' already exists for watch )[^\n]*",  # watchdog's warning, with the folders of all studies
        r"(['\"]00100010['\"]: )\{[^\[\]]*\[[^\]]*\][^{}]*\}",  # DICOM JSON
    )
)
"""What stays of each is its first group."""


def redacted(text: str) -> str:
    """The text without what may name a patient."""
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return text


def hide_names() -> None:
    """Redact every record of every logger from now on, tracebacks and Python's warnings too."""
    make = logging.getLogRecordFactory()
    if getattr(make, "hides_names", False):
        return
    formatter = logging.Formatter()

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # a message that does not fit its arguments: logging itself says so
            return record
        if (hidden := redacted(message)) != message:
            record.msg, record.args = hidden, ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redacted(formatter.formatException(record.exc_info))
        return record

    factory.hides_names = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(factory)
    logging.captureWarnings(True)
