"""The multi-layer perceptron inside the simple heads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import nn

Activation = Literal["relu", "gelu", "silu", "elu", "tanh"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
}

# The last layer starts this much smaller than torch makes it, so that the first predictions are
# near the middle of the bounds.
OUTPUT_SCALE = 0.01


def create_trunk(
    input_dim: int, layers: Sequence[int], output_dim: int, activation: Activation
) -> nn.Sequential:
    """Return linear layers with an activation between them and an output near zero.

    Args:
        input_dim: Width of the input.
        layers: Widths of the hidden layers; none makes the trunk linear.
        output_dim: Width of the output.
        activation: What follows each hidden layer.

    Raises:
        ValueError: If the activation is unknown.

    References:
        Andrychowicz et al., "What Matters In On-Policy Reinforcement Learning?", 2021, section
        3.2: a last layer 100 times smaller helps continuous control.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation: must be one of {list(ACTIVATIONS)}, got {activation!r}.")
    trunk = nn.Sequential()
    for width_in, width_out in pairwise((input_dim, *layers)):
        trunk.append(nn.Linear(width_in, width_out)).append(ACTIVATIONS[activation]())
    output = nn.Linear((input_dim, *layers)[-1], output_dim)
    with torch.no_grad():
        output.weight.mul_(OUTPUT_SCALE)
        output.bias.zero_()
    return trunk.append(output)
