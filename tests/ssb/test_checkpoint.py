import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ssb.checkpoint import load_model, save_model, save_tensors
from ssb.errors import CheckpointError
from ssb.network import BridgeNetwork
from ssb.presets import PRESETS, Preset


def test_a_saved_model_comes_back_with_its_preset_weights_and_facts(tmp_path: Path) -> None:
    preset = PRESETS["tiny"]
    network = BridgeNetwork(preset.network)
    save_model(tmp_path / "tiny-7.safetensors", network, preset, "tiny-7", data="made here", steps=3)
    model = load_model(tmp_path / "tiny-7.safetensors")
    assert model.preset == preset
    assert model.name == "tiny-7"
    assert model.header["data"] == "made here"
    for key, value in network.state_dict().items():
        assert torch.equal(model.network.state_dict()[key], value)
    assert not model.network.training
    assert [path.name for path in tmp_path.iterdir()] == ["tiny-7.safetensors"]


def test_every_preset_survives_json() -> None:
    for preset in PRESETS.values():
        assert Preset.from_dict(json.loads(json.dumps(preset.as_dict()))) == preset


@pytest.mark.parametrize("kept", [4, 200, 5000])
def test_a_truncated_checkpoint_is_refused(checkpoint: Path, tmp_path: Path, kept: int) -> None:
    part = tmp_path / "part.safetensors"
    part.write_bytes(checkpoint.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match=r"The checkpoint part\.safetensors is truncated or not a safetensors file\."):
        load_model(part)


def test_a_pickle_is_refused_and_not_opened(tmp_path: Path) -> None:
    plain, zipped = tmp_path / "plain.pt", tmp_path / "zipped.pt"
    plain.write_bytes(pickle.dumps({"weights": 1}))
    torch.save({"weights": torch.zeros(1)}, zipped)
    for path in (plain, zipped):
        with pytest.raises(CheckpointError, match="is a pickle, which can run code: only safetensors are read"):
            load_model(path)


@pytest.mark.parametrize("first", [b"\x80", b"P"])
def test_a_header_whose_length_begins_like_a_pickle_is_read(tmp_path: Path, first: bytes) -> None:
    path = tmp_path / "even.safetensors"
    for letters in range(256):
        save_tensors(path, {"a": torch.zeros(1)}, {"format": 99, "note": "x" * letters})
        if path.read_bytes().startswith(first):
            break
    with pytest.raises(CheckpointError, match="has format 99"):
        load_model(path)


def test_another_format_is_refused_with_both_numbers(tmp_path: Path) -> None:
    save_tensors(tmp_path / "new.safetensors", {"a": torch.zeros(1)}, {"format": 99})
    with pytest.raises(CheckpointError, match="has format 99: this program reads format 1"):
        load_model(tmp_path / "new.safetensors")


def test_a_foreign_safetensors_file_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="has no SSB header"):
        load_model(tmp_path / "other.safetensors")


def test_weights_that_do_not_fit_their_preset_are_refused(tmp_path: Path) -> None:
    header = {"format": 1, "name": "x", "preset": PRESETS["tiny"].as_dict()}
    save_tensors(tmp_path / "odd.safetensors", {"a": torch.zeros(1)}, header)
    with pytest.raises(CheckpointError, match="does not fit this version of the network"):
        load_model(tmp_path / "odd.safetensors")


def test_the_checkpoint_of_a_rival_is_refused(tmp_path: Path) -> None:
    preset = PRESETS["tiny"]
    save_model(tmp_path / "ssn.safetensors", BridgeNetwork(preset.network), preset, "ssn", method="ssn")
    with pytest.raises(CheckpointError, match="holds the method 'ssn': only a bridge can be loaded here"):
        load_model(tmp_path / "ssn.safetensors")


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"There is no checkpoint .*none\.safetensors\."):
        load_model(tmp_path / "none.safetensors")
