"""What runs a policy in a batch of environments, one action per environment and control step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from spawnnet_policies.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    EnvironmentMask = Tensor | Sequence[bool] | npt.NDArray[np.bool_]


class Controller(Protocol):
    """A policy together with what it remembers of each environment's episode.

    All state is per environment and is cleared by `reset`; environments never influence each other.
    """

    @property
    def num_envs(self) -> int:
        """N, the number of environments."""

    @property
    def feature_dim(self) -> int:
        """D, the width of the features that `act` takes."""

    @property
    def needs_features(self) -> Tensor:
        """`(N,)`, bool, on the CPU: whose features the next `act` reads.

        Where no element is true the caller need not encode an observation at all.
        """

    def act(self, features: Tensor | None, generator: torch.Generator | None = None) -> Tensor:
        """Return the action of this control step for every environment and move on by one step.

        Args:
            features: `(N, D)`; rows that `needs_features` does not ask for are not read. None is
                allowed where it asks for none.
            generator: Source of the policy's randomness, as in `Policy.predict`.

        Returns:
            `(N, A)`, within the policy's bounds.

        Raises:
            ValueError: If `features` is missing or has the wrong shape.
        """

    def reset(self, mask: EnvironmentMask | None = None) -> None:
        """Forget the episodes of the environments where `mask` `(N,)` is true; of all if None.

        Raises:
            ValueError: If `mask` is not boolean or not `(N,)`.
        """


def environment_mask(mask: EnvironmentMask | None, num_envs: int) -> Tensor:
    """Return a reset mask as a bool tensor `(N,)` on the CPU; None selects every environment.

    Raises:
        ValueError: If `mask` is not boolean or not `(N,)`.
    """
    if mask is None:
        return torch.ones(num_envs, dtype=torch.bool)
    selected = torch.as_tensor(mask, device="cpu")
    if selected.shape != (num_envs,) or selected.dtype != torch.bool:
        raise ValueError(
            f"mask: expected bool of shape ({num_envs},), "
            f"got {selected.dtype} of shape {tuple(selected.shape)}."
        )
    return selected


def check_num_envs(num_envs: int) -> None:
    """Raise a `ConfigurationError` unless the number of environments is positive."""
    if num_envs < 1:
        raise ConfigurationError("num_envs", f"must be at least 1, got {num_envs}.")


def check_features(features: Tensor | None, num_envs: int, feature_dim: int) -> Tensor:
    """Return `features` if it is `(N, D)`.

    Raises:
        ValueError: If it is None or has another shape.
    """
    if features is None:
        raise ValueError("features: needed in this step (see `needs_features`), got None.")
    if features.shape != (num_envs, feature_dim):
        raise ValueError(
            f"features: expected shape {(num_envs, feature_dim)}, got {tuple(features.shape)}."
        )
    return features
