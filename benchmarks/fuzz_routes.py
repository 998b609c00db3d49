"""The real server against requests that fit its OpenAPI description, and ones that do not: does any end in status 500, hang, or leave a
file where none belongs?

    .venv/bin/python benchmarks/fuzz_routes.py -o OUT [--examples 100] [--seconds 1800] [--login ROLE | --login nobody]

schemathesis (https://schemathesis.io) makes the requests: for every route, with values that fit and that do not, and stateful ones that
go on with what earlier answers held. Beside them every route, those too that the description leaves out, is asked for odd paths and
names, and every form gets files and JSON that are none. A server is started on a made folder of studies, with the checkpoint of
--checkpoint or the shipped one; the folder above it is watched. With --login people must log in there, and the requests come from one
with that role (reader, annotator, reviewer, admin), or from nobody. Written to OUT/fuzz_routes.json: requests, answers by status, the
longest answer, and every failure.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "apps"), str(ROOT)]

from ssb.atomic import replaced  # noqa: E402 (needs the path above)
from ssb.volumes import Volume, write_dicom_series, write_nifti  # noqa: E402
from ssb_app.access.roles import NAMES as ROLES  # noqa: E402
from ssb_app.access.users import UserFile  # noqa: E402
from ssb_app.server_process import running_command  # noqa: E402

SECONDS = 30.0
"""The longest answer that is no hang (our choice: a large sample set on one busy core takes some)."""

PHASES = "examples,coverage,fuzzing,stateful"

NOBODY = "nobody"
DESCRIPTION = "openapi.json"
USER, PASSWORD = "fuzz", "some words in a row do"

PLACES = ("users.json", "studies/.ssb", "studies/labels", "studies/.lock", "studies/dicom", "studies/ct.nii.gz", "sessions", "temporary")
"""Where files belong, in the folder that is watched, beside `studies` itself."""

AFFINE = np.diag([0.7, 0.7, 2.5, 1.0])

NAMES = (
    "..", ".", "../../etc/passwd", "/etc/passwd", "....//", "%2e%2e", "%252e%252e", "a\x00b", "ct\x00", "..%5c..", "\\\\host\\share",
    "C:evil", "CON", "nul.nii", "\uff0e\uff0e\uff0fx", "a\u2215b", "a\u202eb", "e\u0301", "a" * 300, "\ud7ff", "ct", "final",
    "rater-../x", "rater-a", "", "http://127.0.0.1:9/x", "file:///etc/passwd", "-1", "NaN", "\U0001f600",
)  # fmt: skip

PATHS = (
    ("GET", "/session/{}"), ("DELETE", "/session/{}"), ("GET", "/model/{}"), ("GET", "/model/info/{}"), ("DELETE", "/model/{}"),
    ("GET", "/ohif/{}"), ("GET", "/ohif/assets/{}"), ("GET", "/static/{}"), ("GET", "/proxy/dicom/{}"), ("GET", "/proxy/dicom/wado/{}"),
    ("GET", "/proxy/dicom/qido/studies/{}"), ("POST", "/proxy/dicom/stow/{}"), ("GET", "/datastore/image?image={}"),
    ("HEAD", "/datastore/image?image=ct&check_sum={}"), ("GET", "/datastore/image/info?image={}"), ("DELETE", "/datastore/image?id={}"),
    ("DELETE", "/datastore/?id={}"), ("GET", "/datastore/label?label=ct&tag={}"), ("GET", "/datastore/label?label={}&tag=final"),
    ("HEAD", "/datastore/label?image={}&tag=final"), ("DELETE", "/datastore/label?id=ct&tag={}"),
    ("DELETE", "/datastore/label?id={}&tag=x"), ("GET", "/datastore/label/info?label={}&tag=final"),
    ("GET", "/datastore/label/info?label=ct&tag={}"), ("POST", "/infer/{}?image=ct"),
    ("POST", "/infer/ssbpp?image={}"), ("POST", "/infer/ssbpp?session_id={}"), ("POST", "/infer/wsi/{}"), ("POST", "/infer/wsi_v2/{}"),
    ("POST", "/activelearning/{}"), ("POST", "/scoring/{}"), ("POST", "/train/{}"), ("POST", "/batch/infer/{}"), ("GET", "/logs/?lines={}"),
    ("GET", "/ssb/images/{}/volume.nii"), ("GET", "/ssb/annotations/{}"), ("GET", "/ssb/annotations/ct/{}"), ("GET", "/ssb/review/{}"),
    ("GET", "/ssb/sample_sets/{}"), ("GET", "/ssb/sample_sets/{}/disagreement"), ("GET", "/ssb/sample_sets/{}/mask.nii.gz?show=consensus"),
    ("GET", "/ssb/models/{}"), ("POST", "/ssb/models/{}/use"), ("GET", "/ssb/progress/{}"), ("POST", "/reload"), ("GET", "/logs/gpu"),
)  # fmt: skip


def made_studies(folder: Path) -> Path:
    """An image as NIfTI, `ct`, and as a DICOM series."""
    array = np.random.default_rng(0).integers(-900, 100, (24, 24, 6)).astype(np.int16)
    folder.mkdir()
    write_nifti(folder / "ct.nii.gz", array, AFFINE)
    write_dicom_series(Volume(array, AFFINE), folder / "dicom", seed_uid="fuzz")
    return folder


def files_in(folder: Path) -> set[str]:
    """Every file and folder in `folder` by its path."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def uploads() -> Iterator[tuple[str, str, str, bytes]]:
    """(method, path, content type, body) of forms whose file and JSON parts are not what they should be."""
    jsons = ("[", "[]", "null", '{"a": NaN}', '{"a": "\\ud800"}', "[" * 5000, '{"a": ' * 500, '{"strategy": 1}')
    names = ("x.nii.gz", "../../evil.nii.gz", "x.nrrd", "x.dcm", "x.nhdr", "a\\b.nii", "x" * 300 + ".nii", "", "x.zip", "\u202ex.nii")
    forms = {
        ("PUT", "/datastore/image"): ("file", "params"), ("PUT", "/datastore/label?image=ct&tag=original"): ("label", "params"),
        ("PUT", "/datastore/label?image=ct"): ("label", "params"), ("POST", "/infer/ssbpp"): ("file", "params"),
        ("POST", "/infer/ssbpp?image=ct&output=json"): ("label", "params"), ("PUT", "/session/?uncompress=true"): ("files", "params"),
        ("PUT", "/session/"): ("files", "params"), ("POST", "/ssb/annotations/ct"): ("file", "rater"),
        ("PUT", "/datastore/image/info?image=ct"): ("none", "info"), ("PUT", "/datastore/label/info?label=ct&tag=final"): ("none", "info"),
        ("PUT", "/model/ssbpp"): ("file", "params"),
    }  # fmt: skip
    contents = (b"", b"no image", b"NRRD0004\ntype: int16\n", b"PK\x05\x06" + bytes(18), b"\x1f\x8b" + bytes(30))
    for (method, path), (part, text_part) in forms.items():
        for number, name in enumerate(names):
            yield method, path, *_form(part, name, contents[number % len(contents)], text_part, "{}")
        for text in jsons:
            yield method, path, *_form(part, "x.nii.gz", contents[1], text_part, text)


def _form(part: str, name: str, content: bytes, text_part: str, text: str) -> tuple[str, bytes]:
    lines = [b"--b", f'Content-Disposition: form-data; name="{text_part}"'.encode(), b"", text.encode(errors="surrogatepass")]
    lines += [b"--b", f'Content-Disposition: form-data; name="{part}"; filename="{name}"'.encode(), b"", content, b"--b--", b""]
    return "multipart/form-data; boundary=b", b"\r\n".join(lines)


class Asking:
    """Requests by hand, and what they came to."""

    def __init__(self, address: str, token: str | None) -> None:
        self.address, self.token = address, token
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []
        self.longest = 0.0

    def ask(self, method: str, path: str, kind: str = "application/json", body: bytes | None = None) -> None:
        """One request; a status from 500, or no answer in SECONDS, is a failure. 502 is a PACS' that does not answer."""
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        started, told = time.monotonic(), f"{method} {path[:120]!r} {(body or b'')[:200]!r}"
        try:
            request = urllib.request.Request(self.address + path, body, headers, method=method)
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                answer.read()
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
            if method != "HEAD" and status >= 400 and not error.read(10_000).startswith(b"{"):
                self.failures.append(f"{told}: status {status} without a sentence")
        except OSError as error:
            return self.failures.append(f"{told}: {error}")
        self.statuses[status] += 1
        self.longest = max(self.longest, time.monotonic() - started)
        if status >= 500:
            self.failures.append(f"{told}: status {status}")

    def ask_all(self, names: Sequence[str]) -> None:
        """Every path with every name, and every form."""
        for method, path in PATHS:
            for name in names if "{}" in path else ("",):
                self.ask(method, path.replace("{}", urllib.parse.quote(name, safe="%")))
        for method, path, kind, body in uploads():
            self.ask(method, path, kind, body)


def schemathesis(address: str, examples: int, seconds: float, token: str | None, out: Path, phases: str = PHASES) -> int:
    """Its own report in OUT, and its exit code: 0 where no answer was a server's error."""
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", str(out / DESCRIPTION)]
    command += ["--url", address]
    command += ["--checks", "not_a_server_error", "--max-examples", str(examples), "--request-timeout", str(SECONDS), "--phases", phases]
    command += ["--generation-deterministic", "--suppress-health-check", "all", "--continue-on-failure"]
    command += ["--no-color", "--max-failures", "200", "--warnings", "off", "--no-shrink", "--max-time", str(int(seconds))]
    command += ["-H", f"Authorization: Bearer {token}"] if token else []
    log = out / "schemathesis.log"
    with log.open("wb") as output:
        try:
            return subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, timeout=seconds + 300, check=False).returncode
        except subprocess.TimeoutExpired:
            return -1


def fuzz_routes(
    out: Path, examples: int, seconds: float, phases: str = PHASES, login: str | None = None, checkpoint: Path | None = None,
    names: Sequence[str] = NAMES,
) -> dict[str, Any]:  # fmt: skip
    """The figures; see `main` for the arguments. names: what the requests by hand put where a name belongs."""
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ssb-fuzz-")))
        address = stack.enter_context(_own_server(work, out / "server.log", checkpoint, login))
        somebodys = _token(address) if login else None
        (out / DESCRIPTION).write_bytes(_read(f"{address}/openapi.json", somebodys))
        token = None if login == NOBODY else somebodys
        asking = Asking(address, token)
        asking.ask_all(names)
        code = schemathesis(address, examples, seconds, token, out, phases)
        asking.ask("GET", "/info/")  # it still serves
        strays = sorted(name for name in files_in(work) if name != "studies" and not name.startswith(PLACES))
    return {
        "by_hand": {
            "requests": sum(asking.statuses.values()), "statuses": {str(status): n for status, n in sorted(asking.statuses.items())},
            "longest_seconds": round(asking.longest, 2), "failures": asking.failures,
        },
        "schemathesis": {"exit_code": code, "summary": _summary(out / "schemathesis.log")},
        "files_outside": strays, "login": login or "no login",
    }  # fmt: skip


@contextmanager
def _own_server(work: Path, log: Path, checkpoint: Path | None, login: str | None) -> Iterator[str]:
    """A server on made studies, all of whose temporary files and sessions lie in `work` too; with `login` USER may log in there."""
    kept = {name: os.environ.get(name) for name in ("TMPDIR", "MONAI_LABEL_SESSION_PATH")}
    (work / "temporary").mkdir()
    os.environ |= {"TMPDIR": str(work / "temporary"), "MONAI_LABEL_SESSION_PATH": str(work / "sessions")}
    try:
        arguments = ["serve", "--studies", str(made_studies(work / "studies")), *(["--checkpoint", str(checkpoint)] if checkpoint else [])]
        if login:
            UserFile(work / "users.json").add(USER, login if login in ROLES else "admin", PASSWORD)
            arguments += ["--users", str(work / "users.json")]
        with running_command(arguments, log) as address:
            yield address
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _token(address: str) -> str:
    body = urllib.parse.urlencode({"username": USER, "password": PASSWORD}).encode()
    with urllib.request.urlopen(f"{address}/auth/token", body, timeout=SECONDS) as answer:
        return str(json.load(answer)["access_token"])


def _read(address: str, token: str | None) -> bytes:
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return bytes(answer.read())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=100, help="of schemathesis for each route and phase")
    parser.add_argument("--seconds", type=float, default=1800.0, help="after which schemathesis ends")
    parser.add_argument("--phases", default=PHASES, help="of schemathesis")
    parser.add_argument("--login", choices=[*ROLES, NOBODY], help="people must log in, and the requests come from this role")
    parser.add_argument("--checkpoint", type=Path, help="what the server serves")
    parser.add_argument("-o", "--out", type=Path, required=True)
    stated = parser.parse_args()
    figures = fuzz_routes(stated.out, stated.examples, stated.seconds, stated.phases, stated.login, stated.checkpoint)
    with replaced(stated.out / "fuzz_routes.json") as path:
        path.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    sys.exit(1 if figures["schemathesis"]["exit_code"] or figures["by_hand"]["failures"] or figures["files_outside"] else 0)


def _summary(log: Path) -> list[str]:
    """The lines of schemathesis' own summary."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    starts = [at for at, line in enumerate(lines) if " SUMMARY " in line]
    return [line.strip() for line in lines[starts[-1] + 1 :] if line.strip()] if starts else lines[-5:]


if __name__ == "__main__":
    main()
