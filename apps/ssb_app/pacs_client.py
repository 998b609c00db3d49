"""What we ask a PACS over DICOMweb; where it fails, the answer is one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from monailabel.config import settings
from monailabel.datastore.dicom import DICOMwebClientX
from monailabel.datastore.utils.dicom import dicom_web_download_series
from pydicom.dataset import Dataset

from ssb.errors import InputError, SSBError
from ssb_app.series import is_uid


class PacsError(SSBError):
    """The PACS does not answer, or refuses what it is asked."""

    status = 502


@dataclass(frozen=True)
class Instance:
    """Where one DICOM object lies in a PACS."""

    study: str
    series: str
    uid: str


class SameServer(requests.Session):
    """A session that goes where it was told to, and nowhere else: a PACS that points to another server is not followed there."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where the answer points to; a TooManyRedirects where that is another host, port or scheme."""
        target = super().get_redirect_target(resp)
        if target and urlsplit(urljoin(resp.url, target))[:2] != urlsplit(resp.url)[:2]:
            raise requests.TooManyRedirects(f"not followed to {target}", response=resp)
        return target


class CheckedClient(DICOMwebClientX):
    """MONAI Label names the files of a series by what the PACS says of each object: only by UIDs."""

    def retrieve_series(self, *given: Any, **named: Any) -> Any:
        """The stock client's; a ValueError where an object has no UID."""
        found = super().retrieve_series(*given, **named)
        _check_uids(str(one.get("SOPInstanceUID", "")) for one in found)
        return found

    def retrieve_series_metadata(self, *given: Any, **named: Any) -> Any:
        """The stock client's; a ValueError where an object has no UID."""
        found = super().retrieve_series_metadata(*given, **named)
        _check_uids(str((one.get("00080018", {}).get("Value") or [""])[0]) for one in found)
        return found


def _check_uids(uids: Iterable[str]) -> None:
    if wrong := [uid for uid in uids if not is_uid(uid)]:
        raise ValueError(f"no UID: {wrong[0][:64]!r}")


class Pacs:
    """A DICOMweb server. Every call may take its time and may raise PacsError."""

    def __init__(self, address: str) -> None:
        user, password = settings.MONAI_LABEL_DICOMWEB_USERNAME, settings.MONAI_LABEL_DICOMWEB_PASSWORD
        self.address = address
        session = SameServer()
        session.auth = (user, password) if user and password else None
        self._client = CheckedClient(
            url=address,
            session=session,
            qido_url_prefix=settings.MONAI_LABEL_QIDO_PREFIX,
            wado_url_prefix=settings.MONAI_LABEL_WADO_PREFIX,
            stow_url_prefix=settings.MONAI_LABEL_STOW_PREFIX,
        )

    def series(self, wanted: Mapping[str, Any]) -> list[Dataset]:
        """What the PACS says about the series that fit `wanted`, values by keyword."""
        return [Dataset.from_json(found) for found in self._ask(lambda: self._client.search_for_series(search_filters=dict(wanted)))]

    def instances(self, wanted: Mapping[str, Any]) -> list[Instance]:
        """The objects that fit `wanted`."""
        found = self._ask(lambda: self._client.search_for_instances(search_filters=dict(wanted)))
        headers = [Dataset.from_json(one) for one in found]
        return [Instance(str(one.StudyInstanceUID), str(one.SeriesInstanceUID), str(one.SOPInstanceUID)) for one in headers]

    def object(self, at: Instance) -> Dataset:
        """One object, whole, in the transfer syntax it was stored in; an InputError where it is no whole DICOM file."""
        try:
            return self._ask(lambda: self._client.retrieve_instance(at.study, at.series, at.uid))
        except SSBError:
            raise
        except Exception as error:  # pydicom raises what its parsers happen to meet
            raise InputError(f"The object {at.uid} in the PACS is broken: it cannot be read as a DICOM file.") from error

    def download(self, study: str, series: str, folder: Path) -> None:
        """All objects of a series as files in `folder`."""
        by_frame = settings.MONAI_LABEL_DICOMWEB_FETCH_BY_FRAME
        with self._errors():
            dicom_web_download_series(study, series, str(folder), self._client, by_frame)

    def store(self, dataset: Dataset) -> None:
        """Put one object into the PACS (STOW-RS); a PacsError too where the PACS answers that it did not keep it (PS3.18 10.5.3)."""
        answer = self._ask(lambda: self._client.store_instances([dataset]))
        if failed := answer.get("FailedSOPSequence"):
            reason = f"{int(failed[0].get('FailureReason', 0)):04X}"
            raise PacsError(f"The PACS at {self.address} did not store the object {dataset.SOPInstanceUID}: failure reason {reason}.")

    def _ask(self, question: Callable[[], Any]) -> Any:
        with self._errors():
            return question()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else "an error"
            raise PacsError(f"The PACS at {self.address} refuses the request: it answers with status {status}.") from error
        except requests.RequestException as error:
            raise PacsError(f"The PACS at {self.address} does not answer: see that it runs, and that this is its DICOMweb root.") from error
        except ValueError as error:  # an answer that is neither JSON nor DICOM
            raise PacsError(f"The address {self.address} answers, but not as a DICOMweb server does.") from error
