"""The Schrödinger bridge between image and mask, as a MONAI scheduler.

X_0 is the mask in [-1, 1], X_1 the image in [-1, 1]; time runs from 0 (mask) to 1 (image) in `num_train_timesteps` steps.
Source of the mathematics: Liu et al., I2SB, ICML 2023, arXiv 2302.05872 (equation numbers below are of that paper).
With sigma_t^2 = int_0^t beta and sbar_t^2 = int_t^1 beta:

    X_t | X_0, X_1 ~ N(mu_t, Sigma_t)                                              (11)
    mu_t = (sbar_t^2 X_0 + sigma_t^2 X_1) / (sigma_t^2 + sbar_t^2),  Sigma_t = sigma_t^2 sbar_t^2 / (sigma_t^2 + sbar_t^2)

    X_s | X_0, X_t for s < t, the reverse step with the predicted X_0:             (4), the Gaussian posterior
    mean = (a^2 X_0 + sigma_s^2 X_t) / sigma_t^2,  variance = sigma_s^2 a^2 / sigma_t^2,  a^2 = sigma_t^2 - sigma_s^2

SSB's own beta schedule is not public. Our choice: I2SB's shape (the square root of beta linear in time and mirrored in the
middle), scaled so that the deviation in the middle, sqrt(Sigma_1/2), is `peak_deviation`.
"""

from __future__ import annotations

import torch
from monai.networks.schedulers import NoiseSchedules, Scheduler
from monai.utils import unsqueeze_right
from torch import Tensor


@NoiseSchedules.add_def("mirrored_bridge_beta", "Square root of beta linear and mirrored in the middle, scaled to a peak deviation")
def _mirrored_bridge_beta(num_train_timesteps: int, peak_deviation: float, edge: float = 1e-4, middle: float = 3e-4) -> Tensor:
    """(T,) float64 increments of sigma^2; edge and middle fix the shape only (I2SB: 1e-4 and 0.3/1000)."""
    half = torch.linspace(edge**0.5, middle**0.5, (num_train_timesteps + 1) // 2, dtype=torch.float64) ** 2
    shape = torch.cat([half[: num_train_timesteps // 2], half.flip(0)])
    # In the middle sigma^2 = sbar^2 = total / 2, so Sigma = total / 4 and the total for a peak deviation d is 4 d^2.
    return shape * (4 * peak_deviation**2 / shape.sum())


class BridgeScheduler(Scheduler):
    """Forward marginals and reverse steps of the bridge.

    num_train_timesteps: T, time t is the integer 0 (mask) .. T (image).
    peak_deviation: standard deviation of the bridge half way, in the units of a mask in [-1, 1].
    """

    def __init__(self, num_train_timesteps: int = 1000, peak_deviation: float = 0.5) -> None:
        super().__init__(num_train_timesteps, schedule="mirrored_bridge_beta", peak_deviation=peak_deviation)
        self.sigma2 = torch.cat([torch.zeros(1, dtype=torch.float64), torch.cumsum(self.betas, 0)])

    def _variance(self, timesteps: Tensor, like: Tensor) -> Tensor:
        return unsqueeze_right(self.sigma2[timesteps.cpu()].to(like), like.ndim)

    def add_noise(self, original_samples: Tensor, noise: Tensor, timesteps: Tensor, image: Tensor) -> Tensor:  # type: ignore[override]
        """X_t of the bridge (equation 11).

        original_samples: masks X_0 in [-1, 1], (B, 1, ...). noise: standard normal, same shape.
        timesteps: (B,) integers 0..T. image: X_1 in [-1, 1], same shape.
        """
        sigma2 = self._variance(timesteps, original_samples)
        total = float(self.sigma2[-1])
        sbar2 = total - sigma2
        return (sbar2 * original_samples + sigma2 * image) / total + (sigma2 * sbar2 / total).sqrt() * noise

    def deviation(self, timesteps: Tensor) -> Tensor:
        """sigma_t, the deviation of X_t that the noise since the mask has made, float64, the shape of `timesteps` (integers 0..T)."""
        return self.sigma2[timesteps.cpu()].sqrt()

    def set_timesteps(self, num_inference_steps: int) -> None:
        """Evenly spaced times T = t_0 > ... > t_n = 0 in `timesteps`, (num_inference_steps + 1,) integers."""
        self.num_inference_steps = num_inference_steps
        self.timesteps = torch.linspace(self.num_train_timesteps, 0, num_inference_steps + 1).round().long()

    def step(self, model_output: Tensor, timestep: int, sample: Tensor, next_timestep: int, noise: Tensor) -> Tensor:
        """X_s from X_t and the predicted mask (Gaussian posterior).

        model_output: predicted X_0 in [-1, 1]. timestep, next_timestep: t and s, s < t. sample: X_t. noise: standard normal.
        """
        at, to = float(self.sigma2[timestep]), float(self.sigma2[next_timestep])
        between = at - to
        return (between * model_output + to * sample) / at + (to * between / at) ** 0.5 * noise
