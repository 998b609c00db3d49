"""The stock routes of sessions: an image that is uploaded once and sampled many times, within limits.

MONAI Label's own unpack any archive as it comes, keep files under the names that a client gives them, and look for a session wherever its
id leads.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, File, UploadFile
from fastapi.responses import FileResponse
from monailabel.interfaces.utils.app import app_instance
from monailabel.utils.sessions import SessionInfo, Sessions

from ssb.archives import unpack_zip
from ssb.errors import InputError, NotFoundError
from ssb.limits import TooLargeError, limits
from ssb.volumes import read_volume
from ssb_app.submissions import keep_upload
from ssb_app.web import put_before, reader

ENDINGS = (".nii.gz", ".nii", ".nrrd", ".dcm")

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def find_session(session_id: str, update_ts: bool = False) -> SessionInfo:
    """The session of that id; a NotFoundError where there is none."""
    found = _sessions().get_session(session_id, update_ts=update_ts) if _ID.fullmatch(session_id) else None
    if found is None:
        raise NotFoundError(f"There is no session '{session_id[:40]}': it has ended, or it never began.")
    return found


def show_session(session_id: str, update_ts: bool = False, image: bool = False) -> Any:
    """What is known of a session, or its image where that is one file."""
    found = find_session(session_id, update_ts)
    if not image:
        return found.to_json()
    path = Path(found.image)
    if not path.is_file():
        raise InputError("The session's image is a DICOM series of several files, which cannot be downloaded as one.")
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


def begin_session(files: Annotated[list[UploadFile], File()], uncompress: bool = False, expiry: int = 0) -> dict[str, Any]:
    """Keep an image for a session: one file, the slices of one DICOM series, or, with `uncompress`, either in a zip archive."""
    sessions = _sessions()
    if len(files) > limits().archive_entries:
        raise TooLargeError(f"The session has {len(files)} files: at most {limits().archive_entries} are taken.")
    if uncompress and len(files) != 1:
        raise InputError(f"The session has {len(files)} archives: it must be one zip file.")
    with tempfile.TemporaryDirectory(prefix="ssb-session-") as work:
        folder = Path(work, "image")
        folder.mkdir()
        if uncompress:
            archive = keep_upload(files[0], Path(work, "archive.zip"))
            kept = unpack_zip(archive, folder, ENDINGS, "of the session")
        else:
            kept = [keep_upload(one, folder / f"{number:06d}{_ending(one)}") for number, one in enumerate(files)]
        if not kept:
            raise InputError("The session holds no file: it needs an image.")
        image = kept[0] if len(kept) == 1 else folder
        read_volume(image)
        session_id, found = sessions.add_session(str(image), max(0, min(expiry, sessions.expiry)))
    return {"session_id": session_id, "session_info": found.to_json()}


def end_session(session_id: str) -> dict[str, Any]:
    """Forget a session and its image."""
    found = find_session(session_id)
    _sessions().remove_session(session_id)
    return found.to_json()


def guard_sessions(app: FastAPI) -> None:
    """Put our routes before MONAI Label's own."""
    put_before(app, "/session/", begin_session, "PUT", [Depends(reader)])
    put_before(app, "/session/{session_id}", show_session, "GET", [Depends(reader)])
    put_before(app, "/session/{session_id}", end_session, "DELETE", [Depends(reader)])


def _ending(upload: UploadFile) -> str:
    return next((one for one in ENDINGS if (upload.filename or "").lower().endswith(one)), "")


def _sessions() -> Sessions:
    found = app_instance().sessions()
    if found is None:
        raise NotFoundError("This server keeps no sessions: MONAI_LABEL_SESSIONS is off.")
    return found
