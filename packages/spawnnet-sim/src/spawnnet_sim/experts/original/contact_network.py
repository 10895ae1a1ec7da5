"""Where on a cabinet the original's expert expects contact: PointNet++ on the closed cabinet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import torch
from torch import Tensor, nn

from spawnnet_sim.experts.original.point_sets import (
    ball_query,
    farthest_points,
    gathered,
    interpolated,
)

INPUTS = 4  # x, y, z, m, and whether the point moves
WIDTH = 128


@dataclass(frozen=True)
class Level:
    """One step to fewer points with wider features.

    Attributes:
        count: M, the points that are kept.
        radius: Of the neighbourhoods, in normalised lengths.
        neighbours: K, the points of a neighbourhood.
        widths: Of the layers.
    """

    count: int
    radius: float
    neighbours: int
    widths: tuple[int, ...]


LEVELS = (
    Level(1024, 0.1, 32, (INPUTS, 32, 32, 64)),
    Level(256, 0.2, 32, (64, 64, 64, 128)),
    Level(64, 0.4, 32, (128, 128, 128, 256)),
    Level(16, 0.8, 32, (256, 256, 256, 512)),
)
UPWARD_WIDTHS = (
    (128 + INPUTS, 128, 128, 128),
    (256 + 64, 256, 128),
    (256 + 128, 256, 256),
    (512 + 256, 256, 256),
)


@final
class PointMLP(nn.Sequential):
    """Layers that act on every point alone: linear without bias, batch normalisation, ReLU."""

    def __init__(self, *widths: int) -> None:
        layers: list[nn.Module] = []
        for width, out in pairwise(widths):
            layers += [nn.Linear(width, out, bias=False), nn.BatchNorm1d(out), nn.ReLU()]
        super().__init__(*layers)

    def forward(self, features: Tensor) -> Tensor:
        """Return `(..., C')` for features `(..., C)`."""
        out = features.flatten(0, -2)  # (all points, C)
        for layer in self:
            out = layer(out)
        return out.reshape(*features.shape[:-1], -1)


@final
class SetAbstraction(nn.Module):
    """Keeps points that are spread out, each with the largest features of its neighbourhood."""

    def __init__(self, level: Level) -> None:
        super().__init__()
        self._level = level
        self.mlp = PointMLP(level.widths[0] + 3, *level.widths[1:])

    def forward(self, points: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return M points and their features.

        Args:
            points: `(B, N, 3)`.
            features: `(B, N, C)`.

        Returns:
            `(B, M, 3)` and `(B, M, C')`.
        """
        level = self._level
        centres = gathered(points, farthest_points(points, level.count))  # (B, M, 3)
        near = ball_query(points, centres, level.radius, level.neighbours)  # (B, M, K)
        offsets = gathered(points, near) - centres[:, :, None]
        groups = torch.cat([offsets, gathered(features, near)], dim=-1)  # (B, M, K, 3 + C)
        return centres, self.mlp(groups).amax(2)


@final
class FeaturePropagation(nn.Module):
    """Takes features of few points to more points, which had some of their own."""

    def __init__(self, *widths: int) -> None:
        super().__init__()
        self.mlp = PointMLP(*widths)

    def forward(self, features: Tensor, known: Tensor, own: Tensor, points: Tensor) -> Tensor:
        """Return features of N points, `(B, N, C'')`.

        Args:
            features: `(B, M, C)`.
            known: `(B, M, 3)`, where those are.
            own: `(B, N, C')`, features that the N points had.
            points: `(B, N, 3)`.
        """
        between = interpolated(features, known, points)  # (B, N, C)
        out: Tensor = self.mlp(torch.cat([between, own], dim=-1))
        return out


@final
class ContactNetwork(nn.Module):
    """Likelihood of contact for every point of a cabinet.

    Args:
        levels: Steps to fewer points, four of them.
    """

    def __init__(self, levels: Sequence[Level] = LEVELS) -> None:
        super().__init__()
        self.abstractions = nn.ModuleList(SetAbstraction(level) for level in levels)
        self.propagations = nn.ModuleList(FeaturePropagation(*each) for each in UPWARD_WIDTHS)
        self.embedding = PointMLP(WIDTH, WIDTH)
        self.hidden = nn.Linear(WIDTH, WIDTH)
        self.score = nn.Linear(WIDTH, 1)
        self.eval()

    def forward(self, cloud: Tensor) -> Tensor:
        """Return the likelihoods `(B, N)` in [0, 1]; 0 for points that do not move.

        Args:
            cloud: `(B, N, 4)`: x, y, z (m) in the environment's frame, and 1 for points that move.
        """
        xyz, moves = cloud[..., :3], cloud[..., 3]
        # The original divides by the variance, not by its root.
        points = [(xyz - xyz.mean(1, keepdim=True)) / xyz.var(1, keepdim=True)]
        features = [cloud]  # as they are
        for abstraction in self.abstractions:
            fewer, wider = abstraction(points[-1], features[-1])
            points.append(fewer)
            features.append(wider)
        for level in reversed(range(len(self.propagations))):
            args = (features[level + 1], points[level + 1], features[level], points[level])
            features[level] = self.propagations[level](*args)
        embedded = self.embedding(features[0])  # (B, N, 128)
        score: Tensor = self.score(nn.functional.leaky_relu(self.hidden(embedded)))
        return torch.sigmoid(score[..., 0]) * moves
