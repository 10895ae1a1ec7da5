from __future__ import annotations

import torch

from spawnnet_policies import create_policy


def test_the_loss_is_the_mean_squared_error_in_action_units() -> None:
    policy = create_policy(
        "mlp", feature_dim=5, action_bounds=([0, -1], [4, 0.5]), action_horizon=3, layers=(7,)
    )
    features, chunk = torch.randn(6, 5), torch.rand(6, 3, 2)
    first, _, last = policy.trunk
    hidden = (features @ first.weight.T + first.bias).relu()
    raw = (hidden @ last.weight.T + last.bias).reshape(6, 3, 2)
    half, center = torch.tensor([2.0, 0.75]), torch.tensor([2.0, -0.25])
    expected = (raw * half + center - chunk).square()
    everything = torch.ones(6, 3, dtype=torch.bool)
    torch.testing.assert_close(policy.loss(features, chunk, everything), expected.mean())
    torch.testing.assert_close(policy.predict(features), raw * half + center)
    mask = torch.rand(6, 3) < 0.5
    torch.testing.assert_close(policy.loss(features, chunk, mask), expected[mask].mean())


def test_the_defaults_are_the_papers() -> None:
    policy = create_policy("mlp", feature_dim=5, action_bounds=([-1], [1]))
    shapes = [tuple(value.shape) for key, value in policy.trunk.named_parameters() if "w" in key]
    assert shapes == [(256, 5), (128, 256), (1, 128)]
