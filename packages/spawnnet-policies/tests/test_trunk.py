from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from spawnnet_policies.trunk import ACTIVATIONS, create_trunk

FORMULAS = {
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "tanh": np.tanh,
    "gelu": lambda x: x * (1 + np.vectorize(math.erf)(x / 2**0.5)) / 2,
}


def test_every_activation_has_a_formula_here() -> None:
    assert FORMULAS.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_trunk_is_matrices_with_activations_between(activation: str) -> None:
    trunk = create_trunk(3, (5, 4), 2, activation, output_scale=1.0).double()  # type: ignore[arg-type]
    features = torch.randn(7, 3, dtype=torch.float64)
    weights = [value.detach().numpy() for value in trunk.parameters()]
    hidden = FORMULAS[activation](features.numpy() @ weights[0].T + weights[1])
    hidden = FORMULAS[activation](hidden @ weights[2].T + weights[3])
    expected = hidden @ weights[4].T + weights[5]
    np.testing.assert_allclose(trunk(features).detach().numpy(), expected, atol=1e-12)


def test_no_layers_make_it_linear() -> None:
    trunk = create_trunk(3, (), 2, "relu")
    assert [tuple(value.shape) for value in trunk.parameters()] == [(2, 3), (2,)]
    torch.testing.assert_close(trunk(torch.eye(3)), trunk[0].weight.T)


def test_the_last_layer_starts_small_and_without_bias() -> None:
    torch.manual_seed(1)
    small = create_trunk(6, (5,), 4, "tanh")
    torch.manual_seed(1)
    full = create_trunk(6, (5,), 4, "tanh", output_scale=1.0)
    torch.testing.assert_close(small[-1].weight, 0.01 * full[-1].weight)
    torch.testing.assert_close(small[0].weight, full[0].weight)
    assert not small[-1].bias.any()
    assert full[0].bias.all()
