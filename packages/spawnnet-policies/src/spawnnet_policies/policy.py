"""What every policy head takes and gives: features in, action chunks within bounds out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spawnnet_policies.errors import ConfigurationError

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class PolicySpec:
    """The sizes and limits that a policy is built for.

    Attributes:
        feature_dim: D, the width of the feature vector.
        action_bounds: `(low, high)`, each A numbers, in the units of the actions.
        action_horizon: T, the number of control steps predicted at once.

    Raises:
        ConfigurationError: If a size is not positive, or the bounds are not pairs of finite
            `low < high`, also once they are rounded to float32.
    """

    feature_dim: int
    action_bounds: tuple[Sequence[float], Sequence[float]]
    action_horizon: int = 1

    def __post_init__(self) -> None:
        for name in ("feature_dim", "action_horizon"):
            if getattr(self, name) < 1:
                raise ConfigurationError(name, f"must be at least 1, got {getattr(self, name)}.")
        object.__setattr__(self, "action_bounds", _checked_bounds(self.action_bounds))

    @property
    def action_dim(self) -> int:
        """A, the number of values in one action."""
        return len(self.action_bounds[0])


def _checked_bounds(bounds: tuple[Sequence[float], Sequence[float]]) -> tuple[Numbers, Numbers]:
    try:
        numbers = [tuple(map(float, bound)) for bound in bounds]
    except (TypeError, ValueError) as error:
        raise _no_lists(f"{bounds!r}") from error
    lengths = [len(bound) for bound in numbers]
    if len(lengths) != 2 or lengths[0] != lengths[1] or not lengths[0]:
        raise _no_lists(f"lists of lengths {lengths}")
    low, high = numbers
    # As policies compute: what differs in float64 may be one number in float32, or infinite.
    lower, upper = torch.tensor(numbers, dtype=torch.float32, device="cpu")
    half, middle = (upper - lower) / 2, (upper + lower) / 2
    for index in (~((half > 0) & half.isfinite() & middle.isfinite())).nonzero().flatten().tolist():
        raise ConfigurationError(
            f"action_bounds[{index}]",
            "the lower bound must be below the upper one, both finite, also in float32, "
            f"got {low[index]} and {high[index]}.",
        )
    return low, high


def _no_lists(got: str) -> ConfigurationError:
    return ConfigurationError(
        "action_bounds",
        f"must be a list of lower and an equally long list of upper bounds, got {got}.",
    )


class Policy(nn.Module, ABC):
    """A head that turns a feature vector into a chunk of actions.

    A head implements `chunk_loss` and `sample_chunk`, and sees only *normalised* chunks: the action
    bounds map to -1 and 1. Checks, padding, units and bounds are dealt with here, once.

    Calling a policy (`policy(features)`) is `predict`, so `torch.compile` and `torch.export` work
    on it as on any module.

    Attributes:
        feature_dim: D, the width of the features.
        action_dim: A, the number of values in one action.
        action_horizon: T, the number of steps in a chunk.
    """

    action_low: Tensor
    action_high: Tensor

    def __init__(self, spec: PolicySpec) -> None:
        super().__init__()
        self.feature_dim = spec.feature_dim
        self.action_dim = spec.action_dim
        self.action_horizon = spec.action_horizon
        low, high = spec.action_bounds
        self.register_buffer("action_low", torch.tensor(low, dtype=torch.float32))
        self.register_buffer("action_high", torch.tensor(high, dtype=torch.float32))

    @abstractmethod
    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the loss of a batch of normalised chunks.

        Args:
            features: `(B, D)`, floating point.
            chunk: `(B, T, A)`, the dtype of `features`, 0 where `mask` is false.
            mask: `(B, T)`, bool, false on padding; padded steps must not change the result.

        Returns:
            A scalar.
        """

    @abstractmethod
    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return a normalised chunk `(B, T, A)` for each of the features `(B, D)`.

        Values outside [-1, 1] are allowed: `predict` clips them. All randomness comes from
        `generator`, or from torch's global one if it is None.
        """

    def sample_within(
        self, features: Tensor, generator: torch.Generator | None, low: Tensor, high: Tensor
    ) -> Tensor:
        """Return what `sample_chunk` does where the limits of the actions are not -1 and 1.

        For `NormalizedPolicy`, inside which actions beyond [-1, 1] exist. Heads that clip while
        they sample implement it and keep to `low` and `high`, each `(A,)`, normalised; the others
        need no limits.
        """
        return self.sample_chunk(features, generator)

    @property
    def action_bounds(self) -> tuple[Tensor, Tensor]:
        """The smallest and the largest action, each `(A,)`, on the policy's device."""
        return self.action_low, self.action_high

    @property
    def output_dim(self) -> int:
        """The number of values in a chunk, T x A."""
        return self.action_horizon * self.action_dim

    def loss(self, features: Tensor, action_chunk: Tensor, mask: Tensor) -> Tensor:
        """Return the training loss of a batch.

        Heads that draw noise in training (`act`, `diffusion`, `flow_matching`) use torch's global
        generator, as dropout does: `torch.manual_seed` makes the loss repeatable.

        Args:
            features: `(B, D)`, floating point.
            action_chunk: `(B, T, A)`, floating point, in the units of `action_bounds`.
            mask: `(B, T)`, bool, false on padding. What stands in a padded step, even NaN, has no
                influence on the loss or its gradient.

        Returns:
            A scalar, averaged over the steps that are no padding (0 if there are none).

        Raises:
            ValueError: If a shape does not fit the policy or `mask` is not boolean.
        """
        chunk = self._targets(features, action_chunk, mask)
        return self.chunk_loss(features, chunk.to(features.dtype), mask)

    def _targets(self, features: Tensor, action_chunk: Tensor, mask: Tensor) -> Tensor:
        """Check a batch and return its chunks, normalised, zero on padding, not rounded yet."""
        self._check_features(features)
        self._check_targets(len(features), action_chunk, mask)
        chunk = self.normalize(action_chunk)
        return torch.where(mask.unsqueeze(-1), chunk, torch.zeros_like(chunk))

    @torch.no_grad()
    def predict(self, features: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return one action chunk for each feature vector, without gradient.

        Args:
            features: `(B, D)`, floating point.
            generator: Source of all randomness, on the device of `features`: the same generator
                state gives the same chunk. None means torch's global generator.

        Returns:
            `(B, T, A)`, float32 (float64 for a float64 policy), within `action_bounds`.

        Raises:
            ValueError: If `features` is not `(B, D)`.
        """
        self._check_features(features)
        chunk = self.denormalize(self.sample_chunk(features, generator))
        return torch.clamp(chunk, self.action_low, self.action_high)

    def forward(self, features: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return `predict(features, generator)`."""
        return self.predict(features, generator)

    @property
    def half_range(self) -> Tensor:
        """Half the distance between the bounds, `(A,)`: one normalised unit in action units."""
        return (self.action_high - self.action_low) / 2

    def normalize(self, actions: Tensor) -> Tensor:
        """Map actions `(..., A)` from their units so that the bounds become -1 and 1."""
        return (actions - (self.action_high + self.action_low) / 2) / self.half_range

    def denormalize(self, actions: Tensor) -> Tensor:
        """Map normalised actions `(..., A)` back to their units; nothing is clipped."""
        return actions * self.half_range + (self.action_high + self.action_low) / 2

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Policy:
        # Half precision is for weights: rounding the bounds would let actions leave them.
        low, high = self.action_low, self.action_high
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        if self.action_low.dtype.itemsize < low.dtype.itemsize:
            self.action_low = low.to(self.action_low.device)
            self.action_high = high.to(self.action_high.device)
        return self

    def _check_features(self, features: Tensor) -> None:
        if features.ndim != 2 or features.shape[1] != self.feature_dim:
            raise ValueError(
                f"features: expected shape (B, {self.feature_dim}), got {tuple(features.shape)}."
            )

    def _check_targets(self, batch: int, action_chunk: Tensor, mask: Tensor) -> None:
        expected = (batch, self.action_horizon, self.action_dim)
        if action_chunk.shape != expected:
            raise ValueError(
                f"action_chunk: expected shape {expected}, got {tuple(action_chunk.shape)}."
            )
        if mask.shape != expected[:2] or mask.dtype != torch.bool:
            raise ValueError(
                f"mask: expected bool of shape {expected[:2]}, "
                f"got {mask.dtype} of shape {tuple(mask.shape)}."
            )
