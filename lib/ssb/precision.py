"""Where bfloat16 pays: NVIDIA GPUs and CPUs with matrix tiles (AMX). Elsewhere float32 is faster."""

from __future__ import annotations

import torch


def autocast(device: torch.device) -> torch.autocast:
    """The autocast context for `device`; does nothing where bfloat16 would be slower."""
    fast = device.type == "cuda" or (device.type == "cpu" and torch.cpu._is_amx_tile_supported())
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=fast)
