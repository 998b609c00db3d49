import json
from pathlib import Path

import pytest
import torch

from ssb.checkpoint import PUBLISHED, SITE, load_model
from ssb.errors import InputError
from ssb.presets import PRESETS
from ssb.retraining.cutting import SiteCrops, site_crops
from ssb.retraining.plan import Plan
from ssb.retraining.progress import Progress, read_progress
from ssb.retraining.run import BY_USER, STATE, Task, ask_to_stop, fine_tune
from ssb.training import Trainer
from tests.site_made import made_site

FEW = Plan(epochs=2, batch=8, learning_rate=5e-3)


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> SiteCrops:
    folder = tmp_path_factory.mktemp("site")
    site = made_site(folder / "store", 8, lambda n: {"anna": 2.0, "ben": 3.0})
    return site_crops(site.store, site.volume, folder / "crops", PRESETS["tiny"], validation=0.3)


@pytest.fixture
def task(crops: SiteCrops, checkpoint: Path, tmp_path: Path) -> Task:
    return Task(crops.training, crops.held_out, checkpoint, FEW, tmp_path / "run")


def stop_after(monkeypatch: pytest.MonkeyPatch, task: Task, steps: int, losses: list[float]) -> None:
    advance = Trainer.advance

    def counted(self: Trainer, *parts: object) -> float:
        losses.append(advance(self, *parts))  # type: ignore[arg-type]
        if self.step == steps:
            ask_to_stop(task.run, BY_USER)
        return losses[-1]

    monkeypatch.setattr(Trainer, "advance", counted)


def test_the_site_draws_its_own_way_and_the_published_raters_are_as_they_were(task: Task) -> None:
    path = fine_tune(task, Progress())
    assert path is not None
    site, published, start = load_model(path), load_model(path, raters=PUBLISHED), load_model(task.start)
    assert (site.raters, published.raters, list(site.groups)) == (SITE, PUBLISHED, [SITE, PUBLISHED])
    for name, value in start.network.state_dict().items():
        assert torch.equal(published.network.state_dict()[name], value)
    assert any(not torch.equal(site.network.state_dict()[name], value) for name, value in start.network.state_dict().items())
    told = site.header["site"]
    assert told["start"] == start.name and told["steps"] == 2 * max(1, round(len(task.training) / 8))
    assert not set(told["images"]) & set(told["images_held_out"])
    assert site.of_raters(PUBLISHED).network is site.groups[PUBLISHED]
    with pytest.raises(InputError, match=r"The option raters is 'ours', but the checkpoint .* knows only site or published"):
        load_model(path, raters="ours")


def test_progress_tells_the_loss_the_held_out_dice_and_the_time_left(task: Task) -> None:
    fine_tune(task, Progress())
    lines = [json.loads(line) for line in (task.run / "log.jsonl").read_text().splitlines()]
    assert lines[-1]["done"] == 1.0 and 0 <= lines[-1]["dice"] <= 1 and lines[-1]["loss"] > 0
    told = read_progress(task.run)
    assert told is not None and "left" in told.message and told.epochs == 2
    assert list((task.run / "events").iterdir())


def test_a_stopped_run_goes_on_to_the_same_losses(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole: list[float] = []
    with monkeypatch.context() as patch:
        stop_after(patch, task, -1, whole)
        fine_tune(Task(task.training, task.held_out, task.start, FEW, tmp_path / "whole"), Progress())
    parts: list[float] = []
    stop_after(monkeypatch, task, 2, parts)
    assert fine_tune(task, Progress()) is None
    assert len(parts) == 2 and (task.run / STATE).is_file()
    (task.run / "stop").unlink()
    assert fine_tune(task, Progress()) is not None
    assert parts == pytest.approx(whole, rel=1e-5)


def test_another_plan_starts_anew(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    losses: list[float] = []
    stop_after(monkeypatch, task, 2, losses)
    fine_tune(task, Progress())
    (task.run / "stop").unlink()
    other = Task(task.training, task.held_out, task.start, Plan(epochs=1, batch=8, learning_rate=1e-3), task.run)
    monkeypatch.undo()
    fine_tune(other, Progress())
    assert json.loads((task.run / "log.jsonl").read_text().splitlines()[0])["step"] <= round(len(task.training) / 8)


def test_a_time_budget_ends_the_run(task: Task) -> None:
    short = Task(task.training, task.held_out, task.start, Plan(minutes=0.05, batch=2), task.run)
    progress = Progress()
    path = fine_tune(short, progress)
    assert path is not None
    assert 3.0 <= load_model(path).header["site"]["seconds"] < 30.0


def test_a_frozen_encoder_stays(task: Task) -> None:
    path = fine_tune(Task(task.training, task.held_out, task.start, Plan(epochs=1, freeze=("encoder",)), task.run), Progress())
    assert path is not None
    site, start = load_model(path).network.state_dict(), load_model(task.start).network.state_dict()
    same = {name for name, value in start.items() if torch.equal(site[name], value)}
    assert {name for name in start if name.startswith("encoder.")} <= same != set(start)


def test_two_processes_end_with_a_result(task: Task) -> None:
    path = fine_tune(task, Progress(), processes=2)
    assert path is not None
    assert load_model(path).header["site"]["steps"] == 2 * max(1, round(len(task.training) / 8))
