from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spawnnet_sim.experts.original.point_sets import (
    ball_query,
    farthest_points,
    gathered,
    interpolated,
)

B, N, M, C = 3, 37, 11, 5


@pytest.fixture
def points() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(4).normal(size=(B, N, 3)))


@pytest.fixture
def centres() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(5).normal(size=(B, M, 3)))


def test_values_are_gathered_along_any_axes_of_indices() -> None:
    values = torch.arange(B * N * C).reshape(B, N, C)
    indices = torch.randint(N, (B, 4, 7), generator=torch.Generator().manual_seed(0))
    expected = torch.stack([values[b, indices[b]] for b in range(B)])
    assert torch.equal(gathered(values, indices), expected)


def test_farthest_points_are_those_of_a_loop(points: torch.Tensor, naive: SimpleNamespace) -> None:
    found = farthest_points(points, M)
    assert found.dtype == torch.int64
    assert found.tolist() == [naive.farthest(cloud, M) for cloud in points.numpy()]


def test_points_next_to_the_origin_are_taken_only_as_the_first(naive: SimpleNamespace) -> None:
    points = torch.tensor([[[0.0, 0.0, 0.02], [0.0, 0.03, 0.0], [0.04, 0.0, 0.0], [0.1, 0.1, 0.1]]])
    assert farthest_points(points, 3).tolist() == [naive.farthest(points[0].numpy(), 3)]
    assert farthest_points(points, 3).tolist() == [[0, 3, 2]]


def test_more_farthest_points_than_there_are_repeat_some(points: torch.Tensor) -> None:
    found = farthest_points(points, N + 4)
    assert [len(set(row)) for row in found.tolist()] == [N] * B


@pytest.mark.parametrize("radius", [0.05, 0.8, 9.0])
def test_balls_hold_the_points_of_a_loop(
    points: torch.Tensor, centres: torch.Tensor, naive: SimpleNamespace, radius: float
) -> None:
    found = ball_query(points, centres, radius, 6)
    expected = [
        [naive.ball(cloud, centre, radius, 6) for centre in middles]
        for cloud, middles in zip(points.numpy(), centres.numpy(), strict=True)
    ]
    assert found.tolist() == expected


def test_a_ball_may_want_more_points_than_there_are(naive: SimpleNamespace) -> None:
    points = torch.tensor([[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]])
    assert ball_query(points, points[:, 1:], 2.0, 5).tolist() == [[[0, 1, 0, 0, 0]]]


def test_features_between_points_are_those_of_a_loop(
    points: torch.Tensor, centres: torch.Tensor, naive: SimpleNamespace
) -> None:
    features = torch.from_numpy(np.random.default_rng(6).normal(size=(B, M, C)))
    found = interpolated(features, centres, points)
    each = zip(features.numpy(), centres.numpy(), points.numpy(), strict=True)
    np.testing.assert_allclose(found, [naive.between(*rows) for rows in each], rtol=1e-6)
    np.testing.assert_allclose(interpolated(features, centres, centres), features, atol=1e-6)
