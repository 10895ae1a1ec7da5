from typing import get_args

import numpy as np
import pytest
import torch

from spawnnet_data.reading.statistics import FieldStatistics
from spawnnet_train.student.normalization import Mode, Normalizer

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
        ("mean_std", [[2.5, 4, 2], [0.5, 5, -2]], [[1, 0, 0], [0, 1, -1]]),
        ("quantile", [[-0.5, 4, 9], [2.5, 4, 13]], [[-1, 0, 1], [1, 0, 2]]),
        ("none", [[7, 8, 9]], [[7, 8, 9]]),
    ],
)
def test_normalised_values(
    mode: Mode, values: list[list[float]], expected: list[list[float]]
) -> None:
    found = Normalizer(STATISTICS, mode).normalize(np.array(values, np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("mode", get_args(Mode))
def test_denormalising_undoes_normalising(mode: Mode) -> None:
    normalizer = Normalizer(STATISTICS, mode)
    values = np.random.default_rng(0).normal(size=(4, 5, 3)).astype(np.float32)
    np.testing.assert_allclose(
        normalizer.denormalize(normalizer.normalize(values)), values, atol=1e-5
    )


@pytest.mark.parametrize("mode", get_args(Mode))
def test_tensors_and_arrays_agree(mode: Mode) -> None:
    normalizer = Normalizer(STATISTICS, mode)
    values = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(0))
    found = normalizer.normalize(values)
    assert found.dtype == torch.float32
    np.testing.assert_array_equal(found.numpy(), normalizer.normalize(values.numpy()))
    torch.testing.assert_close(normalizer.denormalize(found), values, atol=1e-5, rtol=1e-5)
