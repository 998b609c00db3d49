"""What the running server records, counts and says of itself, and that no patient's name is in any of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from monailabel.endpoints.user.auth import DEFAULT_USER, User
from prometheus_client.parser import text_string_to_metric_families

from ssb.annotations.store import AnnotationStore
from ssb.audit import AuditReading, Line, audit_folder
from ssb.volumes import write_nifti
from ssb_app.audit import entry_of, is_recorded
from ssb_cli import main
from tests.ssb_app.conftest import AFFINE, CLICK, FEW, PATIENT, SHAPE, Server

ADDRESS = "127.0.0.1"


def lines(studies: Path) -> list[Line]:
    return list(AuditReading(audit_folder(studies / ".ssb" / "annotations")).lines())


class Since:
    """The lines that were added since it was made."""

    def __init__(self, studies: Path) -> None:
        self._studies, self._seen = studies, len(lines(studies))

    def facts(self) -> list[tuple[str, str, int | str, str]]:
        found = lines(self._studies)[self._seen :]
        assert {line.address for line in found} <= {ADDRESS, ""}
        return [(line.who, line.action, line.outcome, line.image) for line in found]

    def details(self) -> list[dict[str, int | str]]:
        return [line.detail for line in lines(self._studies)[self._seen :]]


@pytest.fixture
def since(server: Server, studies: Path) -> Since:
    return Since(studies)


def mask_file(folder: Path, seed: int) -> Path:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[10 : 15 + seed, 20:30, 2:6] = True
    return write_nifti(folder / f"{seed}.nii.gz", mask, AFFINE)


def submit(server: Server, file: Path, image: str = "axial", **form: str) -> requests.Response:
    with file.open("rb") as content:
        return requests.post(f"{server.address}/ssb/annotations/{image}", data=form, files={"file": (file.name, content)}, timeout=60)


def metric(server: Server, name: str, /, **labels: str) -> float:
    text = requests.get(f"{server.address}/ssb/metrics", timeout=60).text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items())


def test_a_submission_is_recorded_with_its_rater_and_version_before_it_is_acknowledged(server, since, tmp_path):
    answer = submit(server, mask_file(tmp_path, 1), rater="Zoë").json()
    assert since.facts() == [("Zoë", "POST /ssb/annotations/{image}", 200, "axial")]
    assert since.details() == [{"rater": "Zoë", "version": answer["version"]}]


def test_a_stock_clients_submission_and_click_are_recorded_under_its_id(server, since, tmp_path):
    client = type(server.client)(server.address, tmpdir=str(tmp_path), client_id="bo")
    client.save_label("axial", str(mask_file(tmp_path, 2)))
    client.infer("ssbpp", "axial", {"foreground": [list(CLICK)], **FEW})
    assert since.facts() == [("bo", "PUT /datastore/label", 200, "axial"), ("bo", "POST /infer/{model}", 200, "axial")]


def test_reads_of_images_sample_sets_and_annotations_are_recorded_and_refusals_too(server, since, tmp_path):
    submit(server, mask_file(tmp_path, 3), rater="cy")
    found = server.ask("/ssb/sample_sets", {"image": "axial", "point": list(CLICK), **FEW})[1]["id"]
    for path in (f"/ssb/sample_sets/{found}/masks", "/ssb/images/axial/volume.nii", "/ssb/annotations/axial/cy", "/ssb/images"):
        assert server.ask(path)[0] == 200
    assert server.ask("/datastore/image?image=axial")[0] == 200
    assert server.ask("/ssb/sample_sets", {"image": "nowhere", "point": [0, 0, 0]})[0] == 404
    assert submit(server, mask_file(tmp_path, 4), image="flat").status_code == 422
    assert server.ask("/ssb/models/none/use", {})[0] == 422
    unknown = "unknown"
    assert since.facts() == [
        ("cy", "POST /ssb/annotations/{image}", 200, "axial"),
        (unknown, "POST /ssb/sample_sets", 200, "axial"),
        (unknown, "GET /ssb/sample_sets/{set_id}/masks", 200, "axial"),
        (unknown, "GET /ssb/images/{image}/volume.nii", 200, "axial"),
        (unknown, "GET /ssb/annotations/{image}/{rater}", 200, "axial"),
        (unknown, "GET /ssb/images", 200, ""),
        (unknown, "GET /datastore/image", 200, "axial"),
        (unknown, "POST /ssb/sample_sets", 404, "nowhere"),
        (unknown, "POST /ssb/annotations/{image}", 422, "flat"),
        (unknown, "POST /ssb/models/{name}/use", 422, ""),
    ]


def test_what_shows_nothing_of_a_patient_is_not_recorded(server, since):
    for path in ("/info/", "/ssb/health", "/ssb/ready", "/ssb/metrics", "/ssb/stats", "/ssb/models", "/ssb/review", "/", "/none"):
        server.ask(path)
    assert since.facts() == []


@pytest.mark.parametrize(
    ("method", "route", "status", "recorded"),
    [
        ("GET", "/ssb/models", 200, False),
        ("GET", "/ssb/models", 401, True),
        ("GET", "/ssb/models", 403, True),
        ("DELETE", "/ssb/models", 200, True),
        ("GET", "/a/route/of/tomorrow", 200, True),
        ("HEAD", "/datastore/image", 200, True),
        ("OPTIONS", "/datastore/image", 200, False),
        ("POST", "other", 404, True),
    ],
)
def test_refused_logins_and_routes_that_nobody_thought_of_are_recorded(method, route, status, recorded):
    assert is_recorded(method, route, status) == recorded


def test_the_command_reads_and_checks_the_log(server, studies, since, tmp_path, capsys):
    submit(server, mask_file(tmp_path, 5), rater="Dörte")
    assert main(["audit", "--studies", str(studies), "--user", "Dörte", "--image", "axial", "--since", "2020-01-01"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "Dörte" in shown[0] and "POST /ssb/annotations/{image}  axial  127.0.0.1  rater=Dörte version=1" in shown[0]
    assert shown[1].startswith("1 of ")
    assert main(["audit", "--studies", str(studies), "--user", "Dörte", "--since", "2100-01-01", "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["audit", "--studies", str(studies), "--since", "yesterday"]) == 2
    assert capsys.readouterr().err.startswith("The option --since is 'yesterday', but it must be a date")
    assert main(["audit", "--studies", str(tmp_path)]) == 2
    assert "There is no audit log in" in capsys.readouterr().err


def test_alive_and_ready_with_a_sentence_each(server):
    assert server.ask("/ssb/health") == (200, {"alive": True})
    status, found = server.ask("/ssb/ready")
    assert (status, found["ready"]) == (200, True)
    assert found["checks"]["model"] == {"ok": True, "sentence": "The model tiny-1 is loaded."}
    assert found["checks"]["annotations"] == {"ok": True, "sentence": "The folder of the annotations can be written."}
    assert found["checks"].keys() == {"model", "annotations", "audit"}


def test_metrics_count_what_happened(server, tmp_path):
    route = {"method": "POST", "route": "/ssb/annotations/{image}", "status": "200"}
    before = [metric(server, name, **labels) for name, labels in (("ssb_requests_total", route), ("ssb_submissions_total", {}))]
    drawn = metric(server, "ssb_samples_total")
    submit(server, mask_file(tmp_path, 6), rater="cy")
    server.ask("/ssb/sample_sets", {"image": "axial", "point": list(CLICK), **FEW, "seed": 77})
    after = [metric(server, name, **labels) for name, labels in (("ssb_requests_total", route), ("ssb_submissions_total", {}))]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1]
    assert metric(server, "ssb_samples_total") - drawn == FEW["samples"]
    assert metric(server, "ssb_request_seconds_count", route="/ssb/annotations/{image}") == metric(
        server, "ssb_requests_total", route="/ssb/annotations/{image}"
    )
    assert (metric(server, "ssb_running"), metric(server, "ssb_queue_length"), metric(server, "ssb_audit_missed")) == (0, 0, 0)
    assert metric(server, "process_resident_memory_bytes") > 1e8
    assert metric(server, "ssb_model_info", name="tiny-1") == 1
    assert metric(server, "ssb_training", state="training") == 0
    server.ask("/no/such/route")
    assert metric(server, "ssb_requests_total", route="/no/such/route") == 0
    assert metric(server, "ssb_requests_total", route="other", status="404") >= 1


@pytest.fixture
def provoked(server: Server, tmp_path: Path) -> Iterator[list[tuple[str, bytes]]]:
    """Answers about a patient's images, right and wrong requests, all but files of the image or its headers themselves."""
    image = server.ids["dicom"]
    click: dict[str, Any] = {"image": image, "point": list(CLICK), **FEW}
    answers = [
        (path, requests.request(method, server.address + path, json=body, timeout=60))
        for method, path, body in (
            ("POST", "/ssb/sample_sets", click),
            ("POST", "/ssb/sample_sets", {**click, "point": [-1, 0, 0]}),
            ("GET", "/ssb/images", None),
            ("GET", "/datastore/", None),
            ("GET", "/datastore/?output=all", None),
            ("GET", f"/datastore/image/info?image={image}", None),
            ("GET", f"/datastore/label?label={image}&tag=none", None),
            ("POST", "/activelearning/fewest_raters", {"client_id": "bo"}),
            ("GET", "/info/", None),
            ("GET", "/ssb/raters", None),
            ("GET", f"/ssb/annotations/{image}", None),
            ("GET", "/ssb/metrics", None),
            ("GET", "/ssb/ready", None),
            ("GET", "/logs/?lines=1000", None),
            ("GET", f"/ssb/images/{image}-none/volume.nii?PatientName={PATIENT}", None),
        )
    ]
    named = tmp_path / f"{PATIENT}.nii.gz"
    named.write_bytes(b"no image")
    answers.append(("refused", submit(server, named, image=image)))
    answers.append(("refused", submit(server, named.rename(tmp_path / f"{PATIENT}.txt"), image=image)))
    with io.BytesIO(b"no image") as content:
        files = {"file": (f"{PATIENT}.nii.gz", content)}
        answers.append(("refused", requests.post(f"{server.address}/infer/ssbpp", files=files, data={"params": "{}"}, timeout=60)))
    yield [(path, answer.content) for path, answer in answers]


def test_no_answer_no_log_and_no_line_names_the_patient(server, studies, provoked):
    family = PATIENT.partition("^")[0].encode()
    assert [path for path, content in provoked if family.lower() in content.lower()] == []
    assert family.lower() not in server.log.read_bytes().lower()
    files = [file for file in audit_folder(studies / ".ssb" / "annotations").rglob("*") if file.is_file()]
    assert files and not [file for file in files if family.lower() in file.read_bytes().lower()]
    assert not [path for path in (studies / ".ssb").rglob("*") if family.decode().lower() in path.name.lower()]
    assert b"unreadable in the folder with the digest" in server.log.read_bytes()


def test_dicom_of_ours_is_where_the_name_stays(server):
    status, made = server.ask("/ssb/sample_sets", {"image": server.ids["dicom"], "point": list(CLICK), **FEW})
    status, content = server.ask(f"/ssb/sample_sets/{made['id']}/segmentation.dcm")
    assert status == 200 and PATIENT.encode() in content


def test_versions_of_all_submissions_are_whole(server, studies):
    store = AnnotationStore(studies / ".ssb" / "annotations")
    for rater in store.raters("axial"):
        for version in store.versions("axial", rater):
            store.content(version)


def scope_of(path: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"image=ct&token=secret",
        "client": ("10.0.0.7", 5),
        "state": {},
        **more,
    }


def test_who_is_the_user_who_is_logged_in_then_the_client_then_unknown():
    user = User(username="anna", roles=[])
    assert entry_of(scope_of("/x", state={"user": user}), 200, {"who": "client"}).who == "anna"
    assert entry_of(scope_of("/x", state={"user": DEFAULT_USER}), 200, {"who": "client"}).who == "client"
    assert entry_of(scope_of("/x", state={"user": None}), 200, {}).who == "unknown"


def test_a_refused_login_names_the_way_and_the_address_but_no_token():
    entry = entry_of(scope_of("/ssb/annotations/ct"), 401, {})
    assert (entry.action, entry.image, entry.address, entry.outcome) == ("GET /ssb/annotations/ct", "ct", "10.0.0.7", 401)
    assert b"secret" not in entry.line("now", "before")
