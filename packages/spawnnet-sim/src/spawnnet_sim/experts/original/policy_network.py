"""The policy of the original's expert: a PointNet on the point cloud, and an MLP."""

from __future__ import annotations

from itertools import pairwise
from typing import final

import torch
from torch import Tensor, nn

NUM_CHANNELS = 6  # of a point: x, y, z and three masks
NUM_SENSES = 49  # numbers of proprioception, repeated on every point
NUM_ACTIONS = 11
MAX_POOLED = 128  # of the features of points, the largest; of the others the mean
POINT_WIDTHS = (NUM_CHANNELS + 3, 256, 256)
CLOUD_WIDTHS = (256, 256, 128)
ACTOR_WIDTHS = (CLOUD_WIDTHS[-1] + NUM_SENSES, 512, 512, 64, NUM_ACTIONS)
_TINY = 1e-6


@final
class PolicyNetwork(nn.Module):
    """Mean action for a point cloud and proprioception."""

    def __init__(self) -> None:
        super().__init__()
        self.point_layers = _layers(POINT_WIDTHS, nn.ReLU)
        self.cloud_layers = _layers(CLOUD_WIDTHS, nn.ReLU)
        self.actor = _layers(ACTOR_WIDTHS, nn.ELU)[:-1]  # its last layer is linear

    def forward(self, observation: Tensor) -> Tensor:
        """Return the mean actions, `(B, 11)`, unclipped.

        Args:
            observation: `(B, P, 55)`, see `observe`.
        """
        points, senses = observation[..., :NUM_CHANNELS], observation[:, 0, NUM_CHANNELS:]
        xyz, masks = points[..., :3], points[..., 3:]
        mean = xyz.sum(1, keepdim=True) / (xyz.shape[1] + _TINY)  # (B, 1, 3)
        inputs = torch.cat([mean.expand_as(xyz), xyz - mean, masks], dim=-1)  # (B, P, 9)
        features = self.point_layers(inputs)  # (B, P, 256)
        pooled = [features[..., :MAX_POOLED].amax(1), features[..., MAX_POOLED:].mean(1)]
        cloud = self.cloud_layers(torch.cat(pooled, dim=-1))  # (B, 128)
        actions: Tensor = self.actor(torch.cat([cloud, senses], dim=-1))
        return actions


def _layers(widths: tuple[int, ...], activation: type[nn.Module]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width, out in pairwise(widths):
        layers += [nn.Linear(width, out), activation()]
    return nn.Sequential(*layers)
