import torch

from spawnnet_train.student.standardization import Standardization


def test_fitted_columns_have_mean_zero_and_deviation_one() -> None:
    values = torch.randn(50, 2, 3) * torch.tensor([0.1, 5.0, 2.0]) + torch.tensor([7.0, -1.0, 0.0])
    standardization = Standardization(3)
    standardization.fit(values)
    rows = standardization(values).flatten(0, 1)
    torch.testing.assert_close(rows.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(rows.std(0), torch.ones(3), atol=1e-5, rtol=0)


def test_constant_columns_stay_finite() -> None:
    standardization = Standardization(2)
    standardization.fit(torch.full((10, 2), 3.0))
    torch.testing.assert_close(standardization(torch.full((1, 2), 3.0)), torch.zeros(1, 2))


def test_unfitted_is_the_identity() -> None:
    values = torch.randn(4, 3)
    torch.testing.assert_close(Standardization(3)(values), values)
