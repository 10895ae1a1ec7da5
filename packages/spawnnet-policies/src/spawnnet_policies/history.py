"""Give a policy the features of the last frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from spawnnet_policies.controller import Controller, check_features, environment_mask
from spawnnet_policies.errors import ConfigurationError

if TYPE_CHECKING:
    from spawnnet_policies.controller import EnvironmentMask


class FeatureHistory:
    """Concatenates the last F feature vectors, the oldest first, for the controller inside.

    At the start of an episode the first vector stands for the frames before it.

    Args:
        controller: Runs a policy whose `feature_dim` is F times the width of one vector.
        num_frames: F, the number of frames.

    Raises:
        ConfigurationError: If `num_frames` does not divide the controller's `feature_dim`.
    """

    def __init__(self, controller: Controller, num_frames: int) -> None:
        if num_frames < 1 or controller.feature_dim % num_frames:
            raise ConfigurationError(
                "num_frames",
                f"must divide the policy's `feature_dim` {controller.feature_dim}, "
                f"got {num_frames}.",
            )
        self.controller = controller
        self.num_envs = controller.num_envs
        self.num_frames = num_frames
        self.feature_dim = controller.feature_dim // num_frames
        self._frames = torch.zeros(self.num_envs, num_frames, self.feature_dim)
        self._is_new = torch.ones(self.num_envs, dtype=torch.bool)

    @property
    def needs_features(self) -> Tensor:
        """`(N,)`, bool, on the CPU: all true, since every frame is kept."""
        return torch.ones(self.num_envs, dtype=torch.bool)

    def act(self, features: Tensor | None, generator: torch.Generator | None = None) -> Tensor:
        """Return `(N, A)`, the action that the controller chooses; see `Controller.act`."""
        frame = check_features(features, self.num_envs, self.feature_dim).detach().unsqueeze(1)
        moved_on = torch.cat([self._frames[:, 1:].to(frame), frame], dim=1)
        is_new = self._is_new.to(frame.device)[:, None, None]
        self._frames = torch.where(is_new, frame, moved_on)
        self._is_new.fill_(False)
        return self.controller.act(self._frames.flatten(1), generator)

    def reset(self, mask: EnvironmentMask | None = None) -> None:
        """Forget the selected environments' frames, here and inside; see `Controller.reset`."""
        self._is_new |= environment_mask(mask, self.num_envs)
        self.controller.reset(mask)
