import os
import signal
from functools import partial
from pathlib import Path

import pytest

from ssb.checkpoint import SITE, load_model
from ssb.retraining import site as retraining_site
from ssb.retraining.plan import Plan
from ssb.retraining.progress import DONE, FAILED, INTERRUPTED, read_progress
from ssb.retraining.site import RUN, BusyError, Site, is_busy, retrain
from ssb.training import Trainer
from ssb.versions import Versions
from tests.model_folders import make_model_folder
from tests.site_made import MadeSite, made_site

PLAN = Plan(epochs=30, learning_rate=1e-2, validation=0.4)


@pytest.fixture
def made(tmp_path: Path) -> MadeSite:
    return made_site(tmp_path / "store", 12, lambda n: {"anna": 2.0, "ben": 3.0})


@pytest.fixture
def site(made: MadeSite, checkpoint: Path, tmp_path: Path) -> Site:
    folder = tmp_path / "retraining"
    folder.mkdir()
    return Site(made.store, made.volume, folder, Versions(make_model_folder(tmp_path / "models", checkpoint)))


def test_a_site_gets_a_version_that_draws_as_its_raters(site: Site, checkpoint: Path) -> None:
    version = retrain(site, checkpoint, PLAN)
    assert version is not None and version.published, version
    assert site.versions.current() == version.checkpoint
    assert load_model(version.checkpoint).raters == SITE
    measured = version.report["measures"]["ged"]
    assert measured["new"] < 0.7 * measured["old"]
    assert version.facts["raters"] == ["anna", "ben"] and version.facts["start"] == "tiny-1"
    told = read_progress(site.folder / RUN)
    assert told is not None and told.state == DONE and version.name in told.message
    assert not (site.folder / RUN / "state.safetensors").exists()


def test_a_pinned_checkpoint_stays_in_use(site: Site, checkpoint: Path) -> None:
    before = site.versions.current()
    pinned = Site(site.store, site.volume_of, site.folder, site.versions, checkpoint)
    version = retrain(pinned, checkpoint, Plan(epochs=1, validation=0.4))
    assert version is not None and version.report["old"] == "tiny-1"
    assert site.versions.current() == before


def test_sigterm_saves_and_the_next_start_goes_on(site: Site, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advance = Trainer.advance

    def interrupted(self: Trainer, *parts: object) -> float:
        if self.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return advance(self, *parts)  # type: ignore[arg-type]

    plan = Plan(epochs=2, validation=0.4)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "advance", interrupted)
        assert retrain(site, checkpoint, plan) is None
    told = read_progress(site.folder / RUN)
    assert told is not None and told.state == INTERRUPTED and Plan(**{**told.plan, "raters": (), "freeze": ()}) == plan
    version = retrain(site, checkpoint, plan)
    assert version is not None and version.facts["steps"] > 3


def test_an_interrupted_judgement_goes_on_without_training_again(site: Site, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(epochs=1, validation=0.4)
    with monkeypatch.context() as patch:
        patch.setattr(retraining_site, "_judge", partial(_fail, "the disk is full"))
        with pytest.raises(OSError, match="the disk is full"):
            retrain(site, checkpoint, plan)
    told = read_progress(site.folder / RUN)
    assert told is not None and (told.state, told.message) == (FAILED, "the disk is full")
    monkeypatch.setattr(Trainer, "advance", partial(_fail, "trained again"))
    assert retrain(site, checkpoint, plan) is not None


def test_two_at_once_are_refused(site: Site, checkpoint: Path) -> None:
    assert not is_busy(site.folder)
    with retraining_site._alone(site.folder):
        assert is_busy(site.folder)
        with pytest.raises(BusyError, match="Another retraining is at work"):
            retrain(site, checkpoint, PLAN)
    assert not is_busy(site.folder)


def _fail(why: str, *_: object, **__: object) -> None:
    raise OSError(why)
