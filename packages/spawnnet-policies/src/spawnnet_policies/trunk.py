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


def create_trunk(
    input_dim: int,
    layers: Sequence[int],
    output_dim: int,
    activation: Activation,
    *,
    output_scale: float = 0.01,
) -> nn.Sequential:
    """Return linear layers with an activation after each but the last.

    Args:
        input_dim: Width of the input.
        layers: Widths of the hidden layers; none makes the trunk linear.
        output_dim: Width of the output.
        activation: What follows each hidden layer.
        output_scale: How much smaller than torch makes it the last layer starts; its bias is 0. A
            small one makes the first predictions lie near the middle of the bounds.

    References:
        Andrychowicz et al., "What Matters In On-Policy Reinforcement Learning?", 2021, section
        3.2: a last layer 100 times smaller helps continuous control.
    """
    trunk = nn.Sequential()
    for width_in, width_out in pairwise((input_dim, *layers)):
        trunk.append(nn.Linear(width_in, width_out)).append(ACTIVATIONS[activation]())
    output = nn.Linear((input_dim, *layers)[-1], output_dim)
    with torch.no_grad():
        output.weight.mul_(output_scale)
        output.bias.zero_()
    return trunk.append(output)
