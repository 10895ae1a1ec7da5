"""Execute the first steps of each predicted chunk before asking the policy again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spawnnet_policies.controller import check_features, check_num_envs, environment_mask
from spawnnet_policies.errors import ConfigurationError
from spawnnet_policies.policy import Policy

if TYPE_CHECKING:
    from spawnnet_policies.controller import EnvironmentMask


class ChunkExecutor:
    """Receding-horizon control: predict T steps, execute the first ones, predict again.

    Environments need not be in step: each one queries the policy after a reset and whenever its
    chunk is used up, and only those are put through the policy.

    Args:
        policy: Predicts the chunks; put it in evaluation mode first.
        num_envs: N, the number of environments.
        execution_horizon: Steps executed of each chunk, at most the policy's `action_horizon`,
            which is also the default.

    Raises:
        ConfigurationError: If a number is out of range.

    References:
        Chi et al., "Diffusion Policy", 2023, section 2.3 (`execution_horizon` is their T_a).
    """

    def __init__(
        self, policy: Policy, num_envs: int, *, execution_horizon: int | None = None
    ) -> None:
        T = policy.action_horizon
        horizon = T if execution_horizon is None else execution_horizon
        if not 1 <= horizon <= T:
            raise ConfigurationError(
                "execution_horizon",
                f"must be between 1 and the action horizon {T}, got {horizon}.",
            )
        check_num_envs(num_envs)
        self.policy = policy
        self.num_envs = num_envs
        self.feature_dim = policy.feature_dim
        self.execution_horizon = horizon
        self._chunks = policy.action_low.new_zeros(num_envs, T, policy.action_dim)
        # Counted on the CPU, so that a step without a query never waits for the GPU.
        self._steps = torch.full((num_envs,), horizon)

    @property
    def needs_features(self) -> Tensor:
        """`(N,)`, bool, on the CPU: which environments query the policy in the next step."""
        return self._steps >= self.execution_horizon

    def act(self, features: Tensor | None, generator: torch.Generator | None = None) -> Tensor:
        """Return `(N, A)`, the action of this step; see `Controller.act`."""
        (rows,) = self.needs_features.nonzero(as_tuple=True)
        if len(rows):
            features = check_features(features, self.num_envs, self.feature_dim)
            self._chunks[rows] = self.policy.predict(features[rows], generator)
            self._steps[rows] = 0
        actions = self._chunks[torch.arange(self.num_envs), self._steps]
        self._steps += 1
        return actions

    def reset(self, mask: EnvironmentMask | None = None) -> None:
        """Drop the rest of the selected environments' chunks; see `Controller.reset`."""
        self._steps[environment_mask(mask, self.num_envs)] = self.execution_horizon
