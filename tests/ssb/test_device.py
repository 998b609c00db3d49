"""Which device a name gives."""

from __future__ import annotations

import pytest
import torch

from ssb.device import resolve_device
from ssb.errors import InputError


def machine_with(monkeypatch: pytest.MonkeyPatch, gpus: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)


def test_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_with(monkeypatch, 0)
    assert resolve_device(None) == resolve_device("auto") == resolve_device("cpu") == "cpu"
    with pytest.raises(InputError, match=r"^The device 'cuda' is not available: this machine has only cpu\.$"):
        resolve_device("cuda")


def test_with_two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_with(monkeypatch, 2)
    assert [resolve_device(name) for name in (None, "auto", "cpu", "cuda", "cuda:1")] == ["cuda", "cuda", "cpu", "cuda", "cuda:1"]
    with pytest.raises(InputError, match=r"^The device 'cuda:2' is not available: this machine has cpu and cuda:0 to cuda:1\.$"):
        resolve_device("cuda:2")


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:-1", "CPU", "cpu:0", " cpu"])
def test_other_words_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=rf"^The device '{name}' is not known: give cpu, cuda, cuda:0 \(or another number\) or auto\.$"):
        resolve_device(name)
