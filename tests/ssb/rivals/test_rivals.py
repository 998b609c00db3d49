import json
from pathlib import Path

import pytest
import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import save_model, save_tensors
from ssb.errors import CheckpointError, InputError
from ssb.presets import PRESETS
from ssb.rivals import RIVALS, load_method, rival

TINY = PRESETS["tiny"]


def saved(folder: Path, **facts: str) -> Path:
    save_model(folder / "m.safetensors", rival("threshold", TINY).network, TINY, "m", **facts)
    return folder / "m.safetensors"


def test_the_five_rivals_and_no_other() -> None:
    assert sorted(RIVALS) == ["diffusion", "probabilistic_unet", "ranked", "ssn", "threshold"]
    with pytest.raises(InputError, match="There is no rival 'best': choose one of diffusion, probabilistic_unet, ranked, ssn, threshold"):
        rival("best", TINY)


@pytest.mark.parametrize("kind", RIVALS)
def test_every_rival_has_the_size_of_the_bridge(kind: str) -> None:
    preset = PRESETS["lung_nodule_ct"]
    bridge, other = (sum(p.numel() for p in method.network.parameters()) for method in (BridgeMethod(preset), rival(kind, preset)))
    assert bridge == 845_073
    assert abs(other / bridge - 1) < 0.05


@pytest.mark.parametrize("kind", RIVALS)
@pytest.mark.parametrize("side", [32, 64])
def test_samples_are_a_function_of_the_seed_and_more_begin_with_the_same(kind: str, side: int) -> None:
    torch.manual_seed(0)
    method = rival(kind, TINY).eval()
    for parameter in method.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    image = torch.rand(1, 1, side, side) * 2 - 1
    first, more, other = method.draw(image, 3, 5, 2), method.draw(image, 6, 5, 2), method.draw(image, 3, 6, 2)
    assert first.shape == (3, side, side)
    assert first.dtype == torch.float32
    assert 0 <= float(first.min()) < float(first.max()) <= 1
    assert torch.allclose(first, more[:3], atol=1e-5)
    assert torch.equal(first, method.draw(image, 3, 5, 2))
    assert not torch.allclose(first, other, atol=1e-4)
    assert not torch.allclose(more[0], more[1], atol=1e-4)


@pytest.mark.parametrize("kind", ["bridge", *RIVALS])
def test_a_saved_method_draws_the_same(kind: str, tmp_path: Path) -> None:
    method = (BridgeMethod(TINY) if kind == "bridge" else rival(kind, TINY)).eval()
    save_model(tmp_path / "m.safetensors", method.network, TINY, "m", method=kind)
    loaded = load_method(tmp_path / "m.safetensors")
    image = torch.linspace(-1, 1, 32 * 32).reshape(1, 1, 32, 32)
    assert type(loaded) is type(method)
    assert loaded.preset == TINY
    assert not loaded.training
    assert torch.allclose(loaded.draw(image, 2, 0, 2), method.draw(image, 2, 0, 2), atol=1e-6)


def test_a_checkpoint_that_does_not_say_its_method_is_a_bridge(tmp_path: Path) -> None:
    save_model(tmp_path / "old.safetensors", BridgeMethod(TINY).network, TINY, "old")
    assert isinstance(load_method(tmp_path / "old.safetensors"), BridgeMethod)


def test_weights_of_another_method_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"m\.safetensors does not fit this version of the method 'ssn'"):
        load_method(saved(tmp_path, method="ssn"))
    with pytest.raises(CheckpointError, match="holds the method 'best': this program reads bridge, diffusion, probabilistic_unet, ranked"):
        load_method(saved(tmp_path, method="best"))


def test_a_preset_with_a_field_of_the_future_is_refused(tmp_path: Path) -> None:
    preset = json.loads(json.dumps(TINY.as_dict())) | {"later": 1}
    save_tensors(tmp_path / "m.safetensors", {"a": torch.zeros(1)}, {"format": 1, "name": "m", "method": "ranked", "preset": preset})
    with pytest.raises(CheckpointError, match="does not fit this version of the method 'ranked'"):
        load_method(tmp_path / "m.safetensors")
