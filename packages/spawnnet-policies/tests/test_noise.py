from __future__ import annotations

import torch

from spawnnet_policies.noise import gaussian_noise


def test_noise_has_the_shape_and_type_of_its_model() -> None:
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        like = torch.full((2, 3, 5), float("nan"), dtype=dtype)
        noise = gaussian_noise(like, None)
        assert noise.shape == (2, 3, 5)
        assert noise.dtype == dtype
        assert noise.isfinite().all()
        assert like.isnan().all()


def test_equal_generators_give_equal_noise_and_the_global_one_is_untouched() -> None:
    like, state = torch.empty(4, 7), torch.get_rng_state()
    first, second = (gaussian_noise(like, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(first, gaussian_noise(like, torch.Generator().manual_seed(6)))


def test_without_a_generator_the_global_one_decides() -> None:
    torch.manual_seed(3)
    first = gaussian_noise(torch.empty(6), None)
    torch.manual_seed(3)
    assert torch.equal(first, gaussian_noise(torch.empty(6), None))


def test_the_distribution_is_the_standard_normal() -> None:
    values = gaussian_noise(torch.empty(100_000), torch.Generator().manual_seed(0))
    assert abs(values.mean()) < 0.02  # six standard errors
    assert abs(values.std() - 1) < 0.02
    within = [float((values.abs() < bound).float().mean()) for bound in (1.0, 2.0)]
    torch.testing.assert_close(
        torch.tensor(within), torch.tensor([0.6827, 0.9545]), atol=0.01, rtol=0
    )
