"""Ancestral sampling of a diffusion at some of its trained times, as a MONAI scheduler.

The chain that visits the times S_1 < ... < S_n has its own betas, 1 - abar(S_i) / abar(S_i-1) (Nichol and Dhariwal, arXiv 2102.09672,
section 4, equation 19); CIMD's code base samples so too. MONAI's own `set_timesteps` keeps the betas of neighbouring times, which is a
posterior of the wrong length wherever times are left out; its DDIM takes a whole number of times for the stride.
"""

from __future__ import annotations

import torch
from monai.networks.schedulers import DDPMScheduler, NoiseSchedules
from monai.networks.schedulers.ddpm import DDPMPredictionType
from torch import Tensor

# Every diffusion here is trained with these times and betas: DDPM's (Ho et al., arXiv 2006.11239, section 4), which are CIMD's too.
TIMES = 1000


def _kept(count: int) -> Tensor:
    """(count,) ascending times 0 .. TIMES - 1, evenly spaced with both ends; a single one is the last."""
    return torch.linspace(TIMES - 1, 0, count, dtype=torch.float64).round().long().flip(0)


@NoiseSchedules.add_def("respaced_linear_beta", "Linear betas of 1000 times, merged over evenly spaced ones")
def _respaced_linear_beta(num_train_timesteps: int) -> Tensor:
    """(num_train_timesteps,) float64 betas of the chain that visits so many of the TIMES times."""
    kept = torch.cumprod(1 - NoiseSchedules["linear_beta"](TIMES).double(), 0)[_kept(num_train_timesteps)]
    return 1 - kept / torch.cat([torch.ones(1, dtype=torch.float64), kept[:-1]])


class AncestralScheduler(DDPMScheduler):
    """A chain of `steps` of the 1000 times whose network predicts the velocity; all 1000 give DDPM itself.

    times: (steps,) ascending, the trained time of every index of the chain.
    """

    def __init__(self, steps: int) -> None:
        super().__init__(steps, schedule="respaced_linear_beta", prediction_type=DDPMPredictionType.V_PREDICTION)
        self.times = _kept(steps)

    def original(self, output: Tensor, index: int, point: Tensor) -> Tensor:
        """x_0 = sqrt(abar) x - sqrt(1 - abar) v from the predicted velocity v (Salimans and Ho, arXiv 2202.00512), cut to [-1, 1].

        output, point: of the same shape; point is x at `index` of the chain.
        """
        share = self.alphas_cumprod[index]
        return (share.sqrt() * point - (1 - share).sqrt() * output).clamp(-1, 1)

    def previous(self, original: Tensor, index: int, point: Tensor, noise: Tensor) -> Tensor:
        """x at `index` - 1 of the chain, from the posterior given x_0 and x at `index` > 0 (DDPM, equations 6 and 7).

        The noise is given, not drawn as in MONAI's `step`: there one generator draws a whole batch, so that a sample would depend on how
        many are asked. noise: standard normal, the shape of `point`.
        """
        return self._get_mean(index, original, point) + self._get_variance(index).sqrt() * noise
