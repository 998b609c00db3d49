"""Which role each method and path needs; what is not in the table is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.routing import compile_path

from ssb_app.access.roles import Role

PUBLIC, READER, ANNOTATOR, REVIEWER, ADMIN = Role

LOGIN_PAGES: dict[str, Role] = {
    "GET /ssb/login": PUBLIC,
    "POST /ssb/login": PUBLIC,
    "GET /ssb/login/start": PUBLIC,
    "GET /ssb/login/back": PUBLIC,
    "GET /ssb/login/login.js": PUBLIC,
    "GET /ssb/login/login.css": PUBLIC,
    "POST /ssb/logout": PUBLIC,
    "GET /ssb/me": READER,
}
"""Of the server and of the viewer."""

SERVER: dict[str, Role] = {
    **LOGIN_PAGES,
    # MONAI Label's login, which stock clients ask
    "GET /auth/": PUBLIC,
    "POST /auth/token": PUBLIC,
    "GET /auth/token/valid": READER,
    # MONAI Label's pages and files
    "GET /": READER,
    "GET /docs": READER,
    "GET /openapi.json": READER,
    "GET /favicon.ico": PUBLIC,
    "GET /static/{path:path}": PUBLIC,
    "GET /ohif/app-config.js": READER,
    "GET /ohif/{path:path}": READER,
    # MONAI Label's tasks
    "GET /info/": READER,
    "POST /infer/{model}": READER,
    "POST /infer/wsi/{model}": READER,
    "POST /infer/wsi_v2/{model}": READER,
    "POST /activelearning/{strategy}": READER,
    "GET /session/{session_id}": READER,
    "PUT /session/": READER,
    "DELETE /session/{session_id}": READER,
    "GET /batch/infer": READER,
    "POST /batch/infer/{model}": ADMIN,
    "DELETE /batch/infer": ADMIN,
    "GET /scoring/": READER,
    "POST /scoring/": ANNOTATOR,
    "POST /scoring/{method}": ANNOTATOR,
    "DELETE /scoring/": ANNOTATOR,
    "GET /train/": READER,
    "POST /train/": ADMIN,
    "POST /train/{model}": ADMIN,
    "DELETE /train/": ADMIN,
    # MONAI Label's data store
    "GET /datastore/": READER,
    "PUT /datastore/": ANNOTATOR,
    "DELETE /datastore/": ADMIN,
    "GET /datastore/image": READER,
    "HEAD /datastore/image": READER,
    "PUT /datastore/image": ANNOTATOR,
    "DELETE /datastore/image": ADMIN,
    "GET /datastore/image/info": READER,
    "PUT /datastore/image/info": ANNOTATOR,
    "GET /datastore/label": READER,
    "HEAD /datastore/label": READER,
    "PUT /datastore/label": ANNOTATOR,
    "DELETE /datastore/label": ADMIN,
    "GET /datastore/label/info": READER,
    # a review is written there: MONAI Label asks for an annotator only
    "PUT /datastore/label/info": REVIEWER,
    "PUT /datastore/updatelabelinfo": REVIEWER,
    # everything at once leaves the house: MONAI Label asks for an annotator only
    "GET /datastore/dataset": REVIEWER,
    # MONAI Label's administration: of models it says that it asks for an admin, but asks for an annotator; of reload for nobody
    "GET /model/{model}": ADMIN,
    "GET /model/info/{model}": ADMIN,
    "PUT /model/{model}": ADMIN,
    "DELETE /model/{model}": ADMIN,
    "GET /logs/": ADMIN,
    "GET /logs/gpu": ADMIN,
    "POST /reload": ADMIN,
    # MONAI Label's road to the PACS; segmentations that are stored by it get the name of who is logged in
    **{f"GET /proxy/dicom/{kind}{{path:path}}": READER for kind in ("wado/", "qido/", "stow/", "")},
    **{f"POST /proxy/dicom/{kind}{{path:path}}": ANNOTATOR for kind in ("wado/", "qido/", "stow/", "")},
    # ours; those who watch a server cannot log in, and are told nothing of a patient
    "GET /ssb/health": PUBLIC,
    "GET /ssb/ready": PUBLIC,
    "GET /ssb/metrics": PUBLIC,
    "GET /ssb/stats": READER,
    "GET /ssb/sample_sets": READER,
    "POST /ssb/sample_sets": READER,
    "POST /ssb/sample_sets/stream": READER,
    "DELETE /ssb/sample_sets": ADMIN,
    "GET /ssb/sample_sets/{set_id}": READER,
    "GET /ssb/sample_sets/{set_id}/disagreement": READER,
    "GET /ssb/sample_sets/{set_id}/samples.seg.nrrd": READER,
    "GET /ssb/sample_sets/{set_id}/report": READER,
    "GET /ssb/sample_sets/{set_id}/segmentation.dcm": READER,
    "GET /ssb/sample_sets/{set_id}/disagreement.dcm": READER,
    "GET /ssb/sample_sets/{set_id}/review": READER,
    "GET /ssb/sample_sets/{set_id}/masks": READER,
    "GET /ssb/sample_sets/{set_id}/mask.nii.gz": READER,
    "POST /ssb/sample_sets/{set_id}/dicom": ANNOTATOR,
    "GET /ssb/progress/{word}": READER,
    "GET /ssb/images": READER,
    "GET /ssb/images/{image}/volume.nii": READER,
    "GET /ssb/annotations": READER,
    "GET /ssb/annotations/{image}": READER,
    "POST /ssb/annotations/{image}": ANNOTATOR,
    "GET /ssb/annotations/{image}/{rater:path}": READER,
    "GET /ssb/raters": READER,
    "GET /ssb/scores": READER,
    "GET /ssb/models": READER,
    "GET /ssb/models/{name}": READER,
    "POST /ssb/models/{name}/use": ADMIN,
    "POST /ssb/pacs/look": ANNOTATOR,
    "GET /ssb/review": READER,
    "GET /ssb/review/niivue.js": PUBLIC,
    "GET /ssb/review/{name}": PUBLIC,
}
"""Of the server: MONAI Label's routes and ours, with the role that MONAI Label asks for, or a higher one where a line says why."""

VIEWER: dict[str, Role] = {
    **LOGIN_PAGES,
    "GET /": READER,
    "GET /as/{name}/dicom-web/{path:path}": READER,
    "POST /as/{name}/dicom-web/{path:path}": ANNOTATOR,
    "GET /as/{name}/ssb/{path:path}": READER,
    # the server asks for more where more is needed
    "POST /as/{name}/ssb/{path:path}": READER,
    "GET /as/{name}": READER,
    "GET /as/{name}/{page:path}": READER,
    # OHIF's own files: programs, nobody's data
    "GET /{path:path}": PUBLIC,
}
"""Of the viewer."""


class Table:
    """The least role of a request, by the paths as Starlette's routes spell them. The first line that fits counts."""

    def __init__(self, roles: Mapping[str, Role], prefix: str = "") -> None:
        """prefix: what stands before every path, such as MONAI Label's API prefix."""
        self._lines: list[tuple[str, re.Pattern[str], Role]] = []
        for line, role in roles.items():
            method, path = line.split(" ", 1)
            for start in {prefix, ""}:
                self._lines.append((method, compile_path(f"{start}{path}")[0], role))

    def least(self, method: str, path: str) -> Role | None:
        """The role that is needed, None where no line fits. HEAD is a GET without the content where it has no line of its own."""
        found = self._found(method, path)
        return self._found("GET", path) if found is None and method == "HEAD" else found

    def _found(self, method: str, path: str) -> Role | None:
        return next((role for known, pattern, role in self._lines if known == method and pattern.match(path)), None)
