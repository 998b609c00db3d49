from collections.abc import Mapping
from functools import partial
from pathlib import Path

import torch

from ssb.bridge_method import BridgeMethod
from ssb.checkpoint import load_tensors
from ssb.datasets.batches import draw_batch
from ssb.distributed import together
from ssb.presets import PRESETS
from tests.ssb.two_processes import crops, train_part, trained


def logits(state: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """What a network with these weights makes of four crops, (4, 1, side, side)."""
    method = BridgeMethod(PRESETS["tiny"])
    method.load_state_dict(state)
    batch = draw_batch(crops(), PRESETS["tiny"], 4, 0, 9)
    with torch.inference_mode():
        return method.network(batch.images, method.network.encode(batch.images), torch.ones(4), batch.ranks[:, 0])


def test_two_processes_learn_what_one_does_with_both_parts(tmp_path: Path) -> None:
    together(2, "cpu", partial(train_part, tmp_path))
    first, second = (load_tensors(tmp_path / f"{number}.safetensors")[0] for number in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    both, one = (trained(parts).method.state_dict() for parts in (2, 1))
    # A bias before a normalisation has no gradient but rounding, which Adam makes as large as any other: biases count by what comes out.
    assert all(torch.allclose(first[name], both[name], atol=1e-4) for name in both if name.endswith("weight"))
    assert torch.allclose(logits(first), logits(both), atol=1e-4)
    assert not torch.allclose(logits(one), logits(both), atol=0.1)
