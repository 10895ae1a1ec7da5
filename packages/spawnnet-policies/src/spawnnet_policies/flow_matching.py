"""A flow-matching policy: a learned velocity carries noise to a chunk in a few Euler steps."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spawnnet_policies.attention import TransformerSize
from spawnnet_policies.checks import require_positive
from spawnnet_policies.denoiser import Denoiser
from spawnnet_policies.masking import masked_mean
from spawnnet_policies.noise import gaussian_noise
from spawnnet_policies.policy import Policy, PolicySpec
from spawnnet_policies.registry import register_policy


@dataclass(frozen=True)
class FlowMatchingConfig(TransformerSize):
    """Options of the flow-matching policy.

    Attributes:
        num_inference_steps: Euler steps, that is network evaluations, of one `predict`.
    """

    num_inference_steps: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive(self, "num_inference_steps")


@register_policy("flow_matching", FlowMatchingConfig)
class FlowMatchingPolicy(Policy):
    """Learns the velocity of the straight line from noise (time 0) to the chunk (time 1).

    References:
        Lipman et al., "Flow Matching for Generative Modeling", 2023, equation 23 with sigma_min 0:
        https://arxiv.org/abs/2210.02747; Liu et al., "Flow Straight and Fast", 2023, equation 1;
        Black et al., "pi0", 2024, section IV, uses it for action chunks with 10 Euler steps.
    """

    def __init__(self, config: FlowMatchingConfig, spec: PolicySpec) -> None:
        super().__init__(spec)
        self.num_inference_steps = config.num_inference_steps
        self.denoiser = Denoiser(config, spec)

    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the squared error of the velocity; see `Policy.chunk_loss`."""
        noise = gaussian_noise(chunk, None)
        time = torch.rand(features.shape[0], dtype=features.dtype, device=features.device)
        between = torch.lerp(noise, chunk, time[:, None, None])
        velocity = self.denoiser(features, between, time, mask)
        return masked_mean((velocity - (chunk - noise)).square().mean(-1), mask)

    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return a sample; only its initial noise is random; see `Policy.sample_chunk`."""
        like = features.new_empty(features.shape[0], self.action_horizon, self.action_dim)
        chunk = gaussian_noise(like, generator)
        for step in range(self.num_inference_steps):
            time = features.new_full((features.shape[0],), step / self.num_inference_steps)
            chunk = chunk + self.denoiser(features, chunk, time) / self.num_inference_steps
        return chunk
