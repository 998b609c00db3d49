from functools import partial
from pathlib import Path

import torch

from ssb.checkpoint import load_tensors
from ssb.distributed import together
from tests.ssb.two_processes import train_part, trained


def test_two_processes_have_the_same_weights_as_one_with_both_parts(tmp_path: Path) -> None:
    together(2, "cpu", partial(train_part, tmp_path))
    first, second = (load_tensors(tmp_path / f"{number}.safetensors")[0] for number in range(2))
    alone = trained(parts=2).method.state_dict()
    for name, value in alone.items():
        assert torch.equal(first[name], second[name])
        assert torch.allclose(first[name], value, atol=1e-5)
