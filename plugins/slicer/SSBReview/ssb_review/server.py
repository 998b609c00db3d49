"""The SSB Label server, asked over HTTP with Python's standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

from ssb_review.errors import ReviewError

SECONDS = 60.0
SAMPLING_SECONDS = 1800.0
"""How long an answer may take: a big sample set needs minutes on a CPU, and waits for those before it."""

IMAGE_ENDINGS = (".nii.gz", ".nii", ".nrrd")


@dataclass(frozen=True)
class Server:
    """The routes that the module uses. `address` is such as "http://127.0.0.1:8000".

    Every method raises ReviewError with the server's own sentence where it refuses, or with one of ours where it does not answer.
    """

    address: str

    def images(self) -> list[str]:
        """The ids of all images, sorted."""
        return sorted(self._json("/datastore/?output=all")["objects"])

    def image_file(self, image: str) -> tuple[str, bytes]:
        """The ending (one of IMAGE_ENDINGS) and the content of an image's file."""
        content, name = self._ask(f"/datastore/image?image={quote(image, safe='')}")
        ending = next((ending for ending in IMAGE_ENDINGS if name.lower().endswith(ending)), None)
        if ending is None:
            raise ReviewError(f"The image '{image}' came as the file '{name}', but only {', '.join(IMAGE_ENDINGS)} can be loaded.")
        return ending, content

    def sample(self, image: str, point_mm: list[float], options: dict[str, Any]) -> dict[str, Any]:
        """The summary of the sample set of a click.

        point_mm: LPS mm. options: samples, seed, ... as POST /ssb/sample_sets takes them.
        """
        body = json.dumps({**options, "image": image, "point_mm": point_mm}).encode()
        return self._json("/ssb/sample_sets", body, "application/json", SAMPLING_SECONDS)

    def layers(self, set_id: str) -> bytes:
        """Consensus, interpretations and samples as a layered .seg.nrrd."""
        return self._ask(f"/ssb/sample_sets/{quote(set_id, safe='')}/samples.seg.nrrd")[0]

    def disagreement(self, set_id: str) -> bytes:
        """The disagreement as an .nrrd, float32 on the image's grid, in bits."""
        return self._ask(f"/ssb/sample_sets/{quote(set_id, safe='')}/disagreement?format=nrrd")[0]

    def submit(self, image: str, mask: bytes, fields: dict[str, str]) -> dict[str, Any]:
        """Keep a mask, the content of an .nrrd, as an annotation; the record of it, with its version.

        fields: rater, client, sample_set, checkpoint.
        """
        boundary = uuid.uuid4().hex
        parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
        head = 'Content-Disposition: form-data; name="file"; filename="mask.nrrd"\r\nContent-Type: application/octet-stream\r\n\r\n'
        parts.append(head.encode() + mask)
        body = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts) + f"--{boundary}--\r\n".encode()
        return self._json(f"/ssb/annotations/{quote(image, safe='')}", body, f"multipart/form-data; boundary={boundary}")

    def _json(self, path: str, body: bytes | None = None, kind: str = "", seconds: float = SECONDS) -> Any:
        content, _ = self._ask(path, body, kind, seconds)
        try:
            return json.loads(content)
        except ValueError as error:
            raise ReviewError(f"What answers at {self.address} is no SSB Label server.") from error

    def _ask(self, path: str, body: bytes | None = None, kind: str = "", seconds: float = SECONDS) -> tuple[bytes, str]:
        """Content and file name of the answer."""
        if not self.address.startswith(("http://", "https://")):
            raise ReviewError(f"The server's address is '{self.address}', but it must start with http:// or https://.")
        headers = {"Content-Type": kind} if kind else {}
        request = urllib.request.Request(self.address.rstrip("/") + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.read(), answer.headers.get_filename() or ""
        except urllib.error.HTTPError as error:
            raise ReviewError(_sentence(error)) from error
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise ReviewError(f"The server {self.address} does not answer: {reason}.") from error


def _sentence(error: urllib.error.HTTPError) -> str:
    """What the server says about its refusal."""
    try:
        detail = json.loads(error.read())["detail"]
    except (OSError, ValueError, KeyError, TypeError):
        detail = None
    return detail if isinstance(detail, str) else f"The server refuses {error.url} with status {error.code}, {error.reason}."
