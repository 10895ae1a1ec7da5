"""A diffusion policy: DDPM training, DDIM sampling, with the schedulers of `diffusers`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from spawnnet_policies.attention import TransformerSize
from spawnnet_policies.checks import require_choice, require_positive
from spawnnet_policies.denoiser import Denoiser
from spawnnet_policies.errors import ConfigurationError
from spawnnet_policies.masking import masked_mean
from spawnnet_policies.noise import gaussian_noise
from spawnnet_policies.policy import Policy, PolicySpec
from spawnnet_policies.registry import register_policy

BetaSchedule = Literal["squaredcos_cap_v2", "linear", "scaled_linear"]
PredictionType = Literal["epsilon", "sample"]


@dataclass(frozen=True)
class DiffusionConfig(TransformerSize):
    """Options of the diffusion policy.

    Attributes:
        num_train_timesteps: Noise levels in training.
        num_inference_steps: Network evaluations of one `predict`, at most `num_train_timesteps`.
        beta_schedule: How the noise grows, by its name in `diffusers`.
        prediction_type: What the network predicts: the noise or the clean chunk.
    """

    num_train_timesteps: int = 100
    num_inference_steps: int = 10
    beta_schedule: BetaSchedule = "squaredcos_cap_v2"
    prediction_type: PredictionType = "epsilon"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive(self, "num_train_timesteps", "num_inference_steps")
        if self.num_inference_steps > self.num_train_timesteps:
            raise ConfigurationError(
                "num_inference_steps",
                "must be at most `num_train_timesteps`, "
                f"got {self.num_inference_steps} and {self.num_train_timesteps}.",
            )
        require_choice(self, "beta_schedule", get_args(BetaSchedule))
        require_choice(self, "prediction_type", get_args(PredictionType))


@register_policy("diffusion", DiffusionConfig)
class DiffusionPolicy(Policy):
    """Learns to remove noise from chunks; samples by removing it from pure noise.

    The noise levels of sampling are spread evenly over those of training, the lowest among them.

    References:
        Chi et al., "Diffusion Policy", 2023: https://arxiv.org/abs/2303.04137; training: Ho et al.,
        "Denoising Diffusion Probabilistic Models", 2020, equation 14; sampling: Song et al.,
        "Denoising Diffusion Implicit Models", 2021, equation 12 with sigma 0; the noise schedule:
        Nichol and Dhariwal, "Improved DDPM", 2021, equation 17.
    """

    def __init__(self, config: DiffusionConfig, spec: PolicySpec) -> None:
        super().__init__(spec)
        self.prediction_type = config.prediction_type
        self.num_train_timesteps = config.num_train_timesteps
        self.scheduler = _create_scheduler(config)
        steps, levels = config.num_inference_steps, config.num_train_timesteps
        self.timesteps = [i * levels // steps for i in reversed(range(steps))]  # noisiest first
        # Numbers rather than tensors, which would have to follow the weights to their device.
        kept = self.scheduler.alphas_cumprod[self.timesteps]
        kept = torch.cat([kept, self.scheduler.final_alpha_cumprod.reshape(1)])
        self._signal: list[float] = kept.sqrt().tolist()  # of each time step, and of no noise
        self._noise: list[float] = (1 - kept).sqrt().tolist()
        self.denoiser = Denoiser(config, spec)

    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the squared error at random noise levels; see `Policy.chunk_loss`."""
        noise = gaussian_noise(chunk, None)
        timesteps = torch.randint(
            self.num_train_timesteps, (features.shape[0],), device=features.device
        )
        exact = torch.promote_types(chunk.dtype, torch.float32)  # else the lowest levels vanish
        noisy = self.scheduler.add_noise(chunk.to(exact), noise.to(exact), timesteps)
        prediction = self._denoise(features, noisy.to(chunk.dtype), timesteps, mask)
        target = noise if self.prediction_type == "epsilon" else chunk
        return masked_mean((prediction - target).square().mean(-1), mask)

    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return a sample; only its initial noise is random; see `Policy.sample_chunk`."""
        high = features.new_ones(self.action_dim)
        return self.sample_within(features, generator, -high, high)

    def sample_within(
        self, features: Tensor, generator: torch.Generator | None, low: Tensor, high: Tensor
    ) -> Tensor:
        """Return a sample whose clean chunk is clipped in each step; see `Policy.sample_within`."""
        like = features.new_empty(features.shape[0], self.action_horizon, self.action_dim)
        chunk = gaussian_noise(like, generator)
        low, high = low.to(chunk.dtype), high.to(chunk.dtype)
        for step, timestep in enumerate(self.timesteps):
            timesteps = torch.full((features.shape[0],), timestep, device=features.device)
            prediction = self._denoise(features, chunk, timesteps)
            clean, noise = self._separate(prediction, chunk, step)
            clean = torch.clamp(clean, low, high)
            chunk = self._signal[step + 1] * clean + self._noise[step + 1] * noise
        return chunk

    def _separate(self, prediction: Tensor, noisy: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return the clean chunk and the noise that `noisy` consists of before a step."""
        signal, noise = self._signal[step], self._noise[step]
        if self.prediction_type == "epsilon":
            return (noisy - noise * prediction) / signal, prediction
        return prediction, (noisy - signal * prediction) / noise

    def _denoise(
        self, features: Tensor, noisy: Tensor, timesteps: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        time = timesteps.to(torch.float32) / self.num_train_timesteps
        prediction: Tensor = self.denoiser(features, noisy, time, mask)
        return prediction


def _create_scheduler(config: DiffusionConfig) -> Any:
    """Return a DDIM scheduler; noising is the same in DDPM, whose training it shares."""
    try:
        from diffusers.schedulers.scheduling_ddim import DDIMScheduler
    except ImportError as error:
        raise ConfigurationError(
            "name", "'diffusion' needs `diffusers`: pip install 'spawnnet-policies[diffusion]'."
        ) from error
    return DDIMScheduler(
        num_train_timesteps=config.num_train_timesteps,
        beta_schedule=config.beta_schedule,
    )
