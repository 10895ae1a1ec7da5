"""Average the overlapping predictions of successive chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spawnnet_policies.controller import check_features, check_num_envs, environment_mask
from spawnnet_policies.policy import Policy

if TYPE_CHECKING:
    from spawnnet_policies.controller import EnvironmentMask


class TemporalEnsemble:
    """Queries the policy at every step and averages all that was predicted for this step.

    The average is weighted by `w_i = exp(-decay * i)`, where `i = 0` is the oldest prediction.

    Args:
        policy: Predicts the chunks; put it in evaluation mode first.
        num_envs: N, the number of environments.
        decay: The paper's m, 0.01. The larger, the more the oldest prediction counts and the slower
            new observations come in; negative values favour the newest.

    Raises:
        ConfigurationError: If `num_envs` is not positive.

    References:
        Zhao et al., "Learning Fine-Grained Bimanual Manipulation with Low-Cost Hardware", 2023,
        section IV-A and algorithm 2: https://arxiv.org/abs/2304.13705
    """

    def __init__(self, policy: Policy, num_envs: int, *, decay: float = 0.01) -> None:
        check_num_envs(num_envs)
        T = policy.action_horizon
        self.policy = policy
        self.num_envs = num_envs
        self.feature_dim = policy.feature_dim
        self.decay = decay
        # What was predicted `age` steps ago for `age` steps ahead stands in [:, age, age].
        self._chunks = policy.action_low.new_zeros(num_envs, T, T, policy.action_dim)
        self._num_chunks = torch.zeros(num_envs, dtype=torch.int64)

    @property
    def needs_features(self) -> Tensor:
        """`(N,)`, bool, on the CPU: all true, since every step queries the policy."""
        return torch.ones(self.num_envs, dtype=torch.bool)

    def act(self, features: Tensor | None, generator: torch.Generator | None = None) -> Tensor:
        """Return `(N, A)`, the weighted average for this step; see `Controller.act`."""
        features = check_features(features, self.num_envs, self.feature_dim)
        newest = self.policy.predict(features, generator).unsqueeze(1)
        self._chunks = torch.cat([newest, self._chunks[:, :-1]], dim=1)
        self._num_chunks = (self._num_chunks + 1).clamp(max=self.policy.action_horizon)
        predictions = self._chunks.diagonal(dim1=1, dim2=2).transpose(1, 2)  # (N, age, A)
        weights = self._weights().to(predictions)
        # An average stays within bounds but for rounding, hence the clamp.
        return (predictions * weights.unsqueeze(-1)).sum(1).clamp(*self.policy.action_bounds)

    def reset(self, mask: EnvironmentMask | None = None) -> None:
        """Forget the predictions of the selected environments; see `Controller.reset`."""
        selected = environment_mask(mask, self.num_envs)
        # New tensors: those of `torch.inference_mode` cannot be written to outside it.
        self._num_chunks = self._num_chunks.masked_fill(selected, 0)
        of_chunks = selected.view(-1, 1, 1, 1).to(self._chunks.device)
        self._chunks = self._chunks.masked_fill(of_chunks, 0)  # a weight of 0 does not remove NaN

    def _weights(self) -> Tensor:
        """Return the weight of each prediction by its age, `(N, T)`; each row sums to 1."""
        age = torch.arange(self.policy.action_horizon)
        from_oldest = self._num_chunks.unsqueeze(1) - 1 - age  # the paper's i
        exponents = (-self.decay * from_oldest).masked_fill(from_oldest < 0, -torch.inf)
        return exponents.softmax(dim=1)
