from typing import get_args

import numpy as np
import pytest
import torch

from spawnnet_data import FieldStatistics
from spawnnet_train.student.normalization import SMALLEST_SCALE, Mode, Normalization, action_range

# The second dimension is constant.
STATISTICS = FieldStatistics(
    count=9,
    minimum=(-1.0, 4.0, 0.0),
    maximum=(3.0, 4.0, 10.0),
    mean=(0.5, 4.0, 2.0),
    std=(2.0, 0.0, 4.0),
    q01=(-0.5, 4.0, 1.0),
    q99=(2.5, 4.0, 9.0),
)


@pytest.mark.parametrize(
    ("mode", "values", "expected"),
    [
        ("min_max", [[-1, 4, 10], [1, 4, 5]], [[-1, 0, 1], [0, 0, 0]]),
        ("mean_std", [[2.5, 4, 2], [0.5, 4, -2]], [[1, 0, 0], [0, 0, -1]]),
        ("quantile", [[-0.5, 4, 9], [2.5, 4, 13]], [[-1, 0, 1], [1, 0, 2]]),
        ("none", [[7, 8, 9]], [[7, 8, 9]]),
    ],
)
def test_normalised_values(
    mode: Mode, values: list[list[float]], expected: list[list[float]]
) -> None:
    normalization = Normalization(3)
    normalization.fit(STATISTICS, mode)
    torch.testing.assert_close(
        normalization(torch.tensor(values)).float(), torch.tensor(expected).float()
    )


def test_fitted_columns_have_mean_zero_and_deviation_one() -> None:
    values = torch.randn(50, 2, 3) * torch.tensor([0.1, 5.0, 2.0]) + torch.tensor([7.0, -1.0, 0.0])
    normalization = Normalization(3)
    normalization.fit(FieldStatistics.of(values.flatten(0, 1).numpy()), "mean_std")
    rows = normalization(values).flatten(0, 1)
    torch.testing.assert_close(rows.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(rows.std(0, correction=0), torch.ones(3), atol=1e-5, rtol=0)


@pytest.mark.parametrize("mode", sorted(set(get_args(Mode)) - {"none"}))
def test_noise_in_a_joint_that_hardly_moves_stays_noise(mode: Mode) -> None:
    values = np.array([[3.0], [3.0 + 1e-5], [3.0 - 1e-5]])
    normalization = Normalization(1)
    normalization.fit(FieldStatistics.of(values), mode)
    found = normalization(torch.from_numpy(values).float())
    assert found.abs().max() <= 1.2e-5 / SMALLEST_SCALE


def test_unfitted_is_the_identity() -> None:
    values = torch.randn(4, 3)
    assert torch.equal(Normalization(3)(values), values)


def test_a_fit_is_part_of_the_state() -> None:
    fitted, other = Normalization(3), Normalization(3)
    fitted.fit(STATISTICS, "min_max")
    other.load_state_dict(fitted.state_dict())
    values = torch.randn(4, 3)
    assert torch.equal(other(values), fitted(values))


@pytest.mark.parametrize(
    ("mode", "low", "high"),
    [
        ("min_max", (-1, 3, 0), (3, 5, 10)),
        ("mean_std", (-1.5, 3, -2), (2.5, 5, 6)),
        ("quantile", (-0.5, 3, 1), (2.5, 5, 9)),
        ("none", (-1, -1, -1), (1, 1, 1)),
    ],
)
def test_the_actions_that_become_minus_one_and_one(
    mode: Mode, low: tuple[float, ...], high: tuple[float, ...]
) -> None:
    assert action_range(STATISTICS, mode) == (low, high)


def test_actions_of_any_size_keep_their_scale() -> None:
    values = np.array([[1e-4], [3e-4], [2e-4]])  # such as metres per step
    (low,), (high,) = action_range(FieldStatistics.of(values), "min_max")
    assert (low, high) == (pytest.approx(1e-4, rel=1e-6), pytest.approx(3e-4, rel=1e-6))
