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
from requests.adapters import HTTPAdapter

from ssb.errors import InputError, SSBError
from ssb_app.series import is_uid

TIMEOUT = (5.0, 60.0)
"""Seconds to connect, and between two pieces of an answer (our choice): one that says nothing for a minute is taken for dead."""

REACH_SECONDS = 5.0
"""How long the PACS may take to say that it is there."""


class PacsError(SSBError):
    """The PACS does not answer, or refuses what it is asked."""

    status = 502


class _Limited(HTTPAdapter):
    """Requests that do not say how long they wait wait for TIMEOUT, not for ever."""

    def send(self, request: Any, stream: bool = False, timeout: Any = None, *arguments: Any, **more: Any) -> requests.Response:
        return super().send(request, stream, timeout or TIMEOUT, *arguments, **more)


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
        self._session = SameServer()
        self._session.auth = (user, password) if user and password else None
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Limited())
        self._client = CheckedClient(
            url=address,
            session=self._session,
            qido_url_prefix=settings.MONAI_LABEL_QIDO_PREFIX,
            wado_url_prefix=settings.MONAI_LABEL_WADO_PREFIX,
            stow_url_prefix=settings.MONAI_LABEL_STOW_PREFIX,
        )
        self._client.set_http_retry_params(retry=False)  # its own would wait half a minute, and then raise what nobody expects

    def reach(self) -> None:
        """Ask for as little as can be, once; returns where the PACS answers as one, within REACH_SECONDS or so."""
        address = "/".join(part for part in (self.address, settings.MONAI_LABEL_QIDO_PREFIX, "series?limit=1") if part)
        with self._errors():
            answer = self._session.get(address, headers={"Accept": "application/dicom+json"}, timeout=REACH_SECONDS)
            answer.raise_for_status()
            self._headers(answer.json() if answer.content else [])

    def series(self, wanted: Mapping[str, Any]) -> list[Dataset]:
        """What the PACS says about the series that fit `wanted`, values by keyword, each with its UIDs of study and series."""
        found = self._headers(self._ask(lambda: self._client.search_for_series(search_filters=dict(wanted))))
        self._stated(found, "StudyInstanceUID", "SeriesInstanceUID")
        return found

    def instances(self, wanted: Mapping[str, Any]) -> list[Instance]:
        """The objects that fit `wanted`."""
        headers = self._headers(self._ask(lambda: self._client.search_for_instances(search_filters=dict(wanted))))
        self._stated(headers, "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
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
        """All objects of a series as files in `folder`; an InputError where one of them is no whole DICOM file."""
        by_frame = settings.MONAI_LABEL_DICOMWEB_FETCH_BY_FRAME
        try:
            with self._errors():
                dicom_web_download_series(study, series, str(folder), self._client, by_frame)
        except (SSBError, OSError):
            raise
        except Exception as error:  # pydicom raises what its parsers happen to meet
            raise InputError(f"The series {series} in the PACS is broken: it cannot be read as DICOM files.") from error

    def store(self, dataset: Dataset) -> None:
        """Put one object into the PACS (STOW-RS); a PacsError too where the PACS answers that it did not keep it (PS3.18 10.5.3)."""
        answer = self._ask(lambda: self._client.store_instances([dataset]))
        if failed := answer.get("FailedSOPSequence"):
            reason = f"{int(failed[0].get('FailureReason', 0)):04X}"
            raise PacsError(f"The PACS at {self.address} did not store the object {dataset.SOPInstanceUID}: failure reason {reason}.")

    def _headers(self, found: Any) -> list[Dataset]:
        """An answer in DICOM JSON; a PacsError where it is none."""
        try:
            return [Dataset.from_json(one) for one in found]
        except Exception as error:  # from_json raises what the wrong shape happens to run into
            raise self._nonsense() from error

    def _stated(self, headers: list[Dataset], *keywords: str) -> None:
        if any(not one.get(keyword) for one in headers for keyword in keywords):
            raise self._nonsense()

    def _nonsense(self) -> PacsError:
        return PacsError(f"The address {self.address} answers, but not as a DICOMweb server does.")

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
        except requests.exceptions.InvalidJSONError as error:  # a RequestException too
            raise self._nonsense() from error
        except requests.Timeout as error:
            raise PacsError(f"The PACS at {self.address} does not answer in time: try again later.") from error
        except requests.RequestException as error:
            raise PacsError(f"The PACS at {self.address} does not answer: see that it runs, and that this is its DICOMweb root.") from error
        except ValueError as error:  # an answer that is neither JSON nor DICOM
            raise self._nonsense() from error
