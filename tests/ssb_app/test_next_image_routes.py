"""The next image and its scores through a running server and the stock client."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from monailabel.client import MONAILabelClient
from monailabel.client.client import MONAILabelClientException

from ssb.volumes import read_volume, write_nifti
from ssb_app.server_process import running_server


@dataclass(frozen=True)
class Site:
    """A server on three images of its own, so that no other test's annotations count."""

    address: str
    folder: Path

    def client(self, rater: str) -> MONAILabelClient:
        return MONAILabelClient(self.address, tmpdir=str(self.folder), client_id=rater)

    def ask(self, path: str, method: str = "GET") -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(urllib.request.Request(self.address + path, method=method), timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def submit(self, image: str, rater: str) -> None:
        volume = read_volume(self.folder / f"{image}.nii.gz")
        file = write_nifti(self.folder / ".ssb" / "drawn.nii.gz", (volume.array > -400).astype(np.uint8), volume.affine)
        self.client(rater).save_label(image, str(file))

    def scores_of(self, *images: str) -> dict[str, Any]:
        """The scores once exactly `images` have one."""
        end = time.monotonic() + 60
        while (found := self.ask("/ssb/scores")[1])["images"].keys() != set(images) or found["scoring"]["running"]:
            assert time.monotonic() < end, found
            time.sleep(0.1)
        return found


@pytest.fixture(scope="module")
def site(studies: Path, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    for name in ("one", "three", "two"):
        (folder / f"{name}.nii.gz").write_bytes((studies / "axial.nii.gz").read_bytes())
    with running_server(folder, folder / "server.log", checkpoint) as address:
        yield Site(address, folder)


def test_stock_clients_are_offered_the_strategies_and_the_scoring(site: Site) -> None:
    info = site.client("anna").info()
    assert list(info["strategies"])[:2] == ["most_disagreement", "fewest_raters"]
    assert info["scoring"]["disagreement"]["failed"] == {}


def test_a_submission_is_scored_by_itself_and_offered_to_others_first(site: Site) -> None:
    site.submit("two", "anna")
    found = site.scores_of("two")
    assert found["images"]["two"]["checkpoint"] == "tiny-1"
    assert len(found["images"]["two"]["lesions"]) == 1
    assert (site.folder / ".ssb" / "annotations" / ".scores" / "two.json").is_file()
    offer = site.client("bert").next_sample("most_disagreement", {})
    assert (offer["id"], offer["raters"]) == ("two", 1)
    assert offer["disagreement"] == found["images"]["two"]["disagreement"]
    assert Path(offer["path"]).name == "two.nii.gz"
    assert site.client("anna").next_sample("most_disagreement", {})["id"] == "one"
    assert [site.client("carl").next_sample("fewest_raters", {})["id"] for _ in range(3)] == ["one", "three", "two"]
    listed = site.ask("/ssb/annotations")[1]["images"]
    assert list(listed) == ["two"]


def test_the_stock_scoring_call_scores_now_and_says_how_far_it_is(site: Site) -> None:
    site.submit("one", "anna")
    status, answer = site.ask("/scoring/disagreement?run_sync=true", "POST")
    assert (status, answer.keys()) == (200, {"one", "two"})
    status, task = site.ask("/scoring/disagreement", "POST")
    assert status == 200
    assert task["status"] in ("RUNNING", "DONE")  # there is nothing left to score, so it may have ended already
    site.scores_of("one", "two")
    ended = site.ask("/scoring/")[1]
    assert (ended["status"], ended["details"]) == ("DONE", ["0 of 0 images are scored"])
    assert site.ask("/scoring/?check_if_running=true") == (404, {"detail": "No scoring is running."})
    assert site.ask("/scoring/", "DELETE")[1]["status"] == "DONE"
    assert site.ask("/scoring/", "POST")[1]["disagreement"]["result"]["request"] == {"method": "disagreement"}


def test_nothing_is_left_for_a_reader_who_has_annotated_all(site: Site) -> None:
    site.submit("three", "anna")
    for strategy in ("most_disagreement", "fewest_raters"):
        assert site.client("anna").next_sample(strategy, {}) == {}


def test_unknown_names_get_a_sentence(site: Site) -> None:
    with pytest.raises(MONAILabelClientException) as caught:
        site.client("anna").next_sample("best", {})
    assert "There is no strategy 'best': choose one of most_disagreement, fewest_raters" in str(caught.value.msg)
    assert site.ask("/scoring/dice", "POST") == (404, {"detail": "There is no scoring method 'dice': choose one of disagreement."})
