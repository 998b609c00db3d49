"""Inference runs in worker threads: the server answers meanwhile, and users' errors are sentences."""

from __future__ import annotations

import statistics
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

BOUNDARY = b'--b\r\nContent-Disposition: form-data; name="params"\r\n\r\n%s\r\n--b--\r\n'


def test_info_answers_while_a_sampling_runs(server: Any) -> None:
    sampling = threading.Thread(target=lambda: server.infer(samples=64, nfe=60, seed=1))
    sampling.start()
    time.sleep(0.3)
    waits = []
    for _ in range(10):
        started = time.monotonic()
        server.client.info()
        waits.append(time.monotonic() - started)
    assert sampling.is_alive()
    sampling.join()
    assert statistics.median(waits) < 0.2
    assert max(waits) < 1


def test_equal_requests_at_the_same_time_share_one_run(server: Any) -> None:
    runs = server.stats()["runs"]
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(server.infer(seed=2, nfe=20)[0].read_bytes())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.stats()["runs"] == runs + 1
    assert len(answers) == 3
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    ("path", "params", "status", "sentence"),
    [
        ("ssbpp?image=axial", b"{not json", 422, "The params are not JSON"),
        ("ssbpp?image=axial", b"[1, 2]", 422, "The params must be a JSON object with the options' names and values."),
        ("ssbpp?image=axial", b'{"image": "/etc/hostname"}', 422, "The params must not name an image: give it in the address."),
        ("ssbpp", b"{}", 422, "The request names no image: give image, session_id or a file."),
        ("ssbpp?image=absent", b"{}", 404, "There is no image 'absent' in the studies."),
        ("ssbpp?image=/etc/hostname", b"{}", 404, "There is no image '/etc/hostname' in the studies: a path on the server is not served."),
        ("other?image=axial", b"{}", 404, "There is no model 'other': choose one of ssbpp, ssbpp_auto."),
        ("ssbpp?image=axial&output=paper", b"{}", 422, "The request does not fit at query.output"),
        ("wsi_v2/ssbpp?image=axial", b"{}", 422, "The models of this app take CT volumes, not whole-slide images: use /infer/ssbpp."),
    ],
)
def test_requests_that_do_not_fit_get_a_sentence(server: Any, path: str, params: bytes, status: int, sentence: str) -> None:
    request = urllib.request.Request(
        f"{server.address}/infer/{path}", BOUNDARY % params, {"Content-Type": "multipart/form-data; boundary=b"}, method="POST"
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    content = caught.value.read().decode()
    assert caught.value.code == status
    assert f'{{"detail":"{sentence}' in content


def test_an_uploaded_image_is_sampled_too(server: Any, studies: Any) -> None:
    file, answer = server.client.infer(
        "ssbpp", "", {"foreground": [[17, 27, 4]], "samples": 4, "nfe": 2}, file=str(studies / "axial.nii.gz")
    )
    assert answer["summary"]["grid"]["shape"] == [40, 48, 10]
    assert file.endswith(".nrrd")


def test_the_description_of_the_interface_keeps_the_stock_route_and_shows_ours(server: Any) -> None:
    status, described = server.ask("/openapi.json")
    assert status == 200
    assert "multipart/form-data" in described["paths"]["/infer/{model}"]["post"]["responses"]["200"]["content"]
    assert set(described["paths"]["/ssb/sample_sets"]) == {"get", "post", "delete"}
