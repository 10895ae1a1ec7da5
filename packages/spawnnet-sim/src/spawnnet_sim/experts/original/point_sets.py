"""Sets of points in plain torch: which to keep, which are near, what lies between.

All work on a batch, on any device, and choose what the CUDA kernels of PointNet++ choose.

References:
    Qi et al., "PointNet++: Deep Hierarchical Feature Learning on Point Sets in a Metric Space",
    2017: https://arxiv.org/abs/1706.02413
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

NEAR_ORIGIN = 1e-3  # squared distance from the origin up to which those kernels pass points over
_TINY = 1e-8  # keeps the weight of a point at its own place finite


def gathered(values: Tensor, indices: Tensor) -> Tensor:
    """Return the values at some points.

    Args:
        values: `(B, N, C)`.
        indices: `(B, ...)` int64, numbers of points.

    Returns:
        `(B, ..., C)`.
    """
    flat = indices.flatten(1)[..., None].expand(-1, -1, values.shape[2])
    return values.gather(1, flat).reshape(*indices.shape, values.shape[2])


def farthest_points(points: Tensor, count: int) -> Tensor:
    """Return points that are spread out: each the farthest from those before it.

    The first one is point 0. Points next to the origin (`NEAR_ORIGIN`) are never taken after it;
    of equally far ones the first is.

    Args:
        points: `(B, N, 3)`.
        count: How many.

    Returns:
        `(B, count)` int64; with repetitions where there are fewer points.
    """
    chosen = torch.zeros(len(points), count, dtype=torch.int64, device=points.device)
    is_passed_over = points.square().sum(-1) <= NEAR_ORIGIN
    distance = torch.full_like(points[..., 0], torch.inf).masked_fill(is_passed_over, -1.0)
    for index in range(1, count):
        last = gathered(points, chosen[:, index - 1 : index])  # (B, 1, 3)
        distance = torch.minimum(distance, (points - last).square().sum(-1))
        chosen[:, index] = distance.argmax(1)
    return chosen


def ball_query(points: Tensor, centres: Tensor, radius: float, count: int) -> Tensor:
    """Return the first points that are nearer than a radius to each centre, in their order.

    Args:
        points: `(B, N, 3)`.
        centres: `(B, M, 3)`.
        radius: In the unit of the points.
        count: K, how many of each; fewer are filled up with the first one, and none with point 0.

    Returns:
        `(B, M, K)` int64.
    """
    N = points.shape[1]
    is_near = squared_distances(centres, points) < radius**2  # (B, M, N)
    order = torch.arange(N, device=points.device).expand_as(is_near).masked_fill(~is_near, N)
    first = order.topk(min(count, N), largest=False, sorted=True).values
    first = nn.functional.pad(first, (0, count - first.shape[2]), value=N)  # (B, M, K)
    filler = first[..., :1] % N
    return torch.where(first < N, first, filler)


def interpolated(features: Tensor, known: Tensor, points: Tensor) -> Tensor:
    """Return features between points: of the three nearest, by inverse distance.

    Args:
        features: `(B, M, C)`.
        known: `(B, M, 3)`, where they are; at least three.
        points: `(B, N, 3)`, where they are wanted.

    Returns:
        `(B, N, C)`.
    """
    squared, nearest = squared_distances(points, known).topk(3, largest=False)  # (B, N, 3)
    weights = 1.0 / (squared.sqrt() + _TINY)
    weights = weights / weights.sum(-1, keepdim=True)
    return (gathered(features, nearest) * weights[..., None]).sum(2)


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Return the squared distances between points `(B, M, 3)` and `(B, N, 3)`, `(B, M, N)`."""
    return (a[:, :, None] - b[:, None]).square().sum(-1)
