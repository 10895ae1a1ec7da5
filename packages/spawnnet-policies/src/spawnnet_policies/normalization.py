"""Let a policy work in the range that the demonstrated actions really use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from spawnnet_policies.errors import ConfigurationError
from spawnnet_policies.policy import Policy, PolicySpec

Bounds = tuple[Sequence[float], Sequence[float]]

# A value that hardly varies is not stretched to the full range: that would turn noise into signal.
MIN_HALF_RANGE = 1e-4


class NormalizedPolicy(Policy):
    """A policy whose network sees -1 and 1 where the demonstrated actions have their limits.

    The policy inside is built with the range of the data as its `action_bounds`, which is what
    heads scale by; the bounds of this one are the true ones, which is what predictions keep to.

    Args:
        policy: Built with `action_bounds=action_range(actions)`.
        action_bounds: `(low, high)`, each A numbers: the limits of the robot.
        demonstrated: `(low, high)`, each A numbers: the smallest and the largest demonstrated
            action. Heads that clip while they sample (`diffusion`) clip to it, which makes them
            more exact the narrower it is. None means the limits of the robot.

    Raises:
        ConfigurationError: If bounds are not those of A values.
    """

    def __init__(
        self, policy: Policy, action_bounds: Bounds, demonstrated: Bounds | None = None
    ) -> None:
        super().__init__(PolicySpec(policy.feature_dim, action_bounds, policy.action_horizon))
        _check_width("action_bounds", action_bounds, policy)
        if demonstrated is not None:
            _check_width("demonstrated", demonstrated, policy)
        self.policy = policy
        self._demonstrated = demonstrated

    def loss(self, features: Tensor, action_chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the loss; targets are rounded to the type of features by the policy inside alone.

        In units of the wide bounds, half precision has few numbers where the data lie.
        """
        return self.chunk_loss(features, self._targets(features, action_chunk, mask), mask)

    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the loss of the policy inside; see `Policy.chunk_loss`."""
        return self.policy.loss(features, self.denormalize(chunk), mask)

    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return a chunk of the policy inside, not clipped to its range; see `Policy`."""
        limits = self._demonstrated or self.action_bounds
        low, high = (torch.as_tensor(bound).to(self.action_low) for bound in limits)
        low, high = self.policy.normalize(low), self.policy.normalize(high)
        inner = self.policy.sample_within(features, generator, low, high)
        return self.normalize(self.policy.denormalize(inner))


def _check_width(name: str, bounds: Bounds, policy: Policy) -> None:
    if [len(bound) for bound in bounds] != [policy.action_dim] * 2:
        raise ConfigurationError(
            name,
            f"the policy has {policy.action_dim} values in an action, "
            f"got bounds for {' and '.join(str(len(bound)) for bound in bounds)}.",
        )


def action_range(
    actions: Tensor, method: Literal["min_max", "quantiles", "mean_std"] = "min_max"
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the range of a data set's actions, as the `action_bounds` of a policy.

    A value whose range is below 2e-4 gets its centre plus and minus 1.

    Args:
        actions: `(M, A)`, floating point, without padding.
        method: "min_max": the smallest and the largest action; "quantiles": the 1st and 99th
            percentile, which outliers do not move; "mean_std": the mean plus and minus three
            standard deviations, between which nearly all actions lie. (Dividing by the standard
            deviation, as normalising by mean and std often means, is the mean plus and minus one.)

    Returns:
        `(low, high)`, each A numbers.

    Raises:
        ValueError: If `actions` is not a finite `(M, A)` with M above 0.
        ConfigurationError: If the method is unknown.
    """
    if actions.ndim != 2 or not len(actions) or not actions.isfinite().all():
        raise ValueError(
            f"actions: expected finite values of shape (M, A), got {tuple(actions.shape)}."
        )
    low, high = _interval(actions.double(), method)
    center, half = (high + low) / 2, (high - low) / 2
    half = torch.where(half < MIN_HALF_RANGE, torch.ones_like(half), half)
    return tuple((center - half).tolist()), tuple((center + half).tolist())


def _interval(actions: Tensor, method: str) -> tuple[Tensor, Tensor]:
    if method == "min_max":
        return actions.amin(dim=0), actions.amax(dim=0)
    if method == "quantiles":
        return actions.quantile(0.01, dim=0), actions.quantile(0.99, dim=0)
    if method == "mean_std":
        mean, std = actions.mean(dim=0), actions.std(dim=0, correction=0)
        return mean - 3 * std, mean + 3 * std
    raise ConfigurationError(
        "method", f"must be 'min_max', 'quantiles' or 'mean_std', got {method!r}."
    )
