"""The weight files of the original's expert: found, read without running them, and checked.

`model_16400.pt` is the policy's state dict, `CP_16400.pt` beside it holds the contact network's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.experts.original.contact_network import ContactNetwork
from spawnnet_sim.experts.original.policy_network import (
    ACTOR_WIDTHS,
    CLOUD_WIDTHS,
    NUM_ACTIONS,
    POINT_WIDTHS,
    PolicyNetwork,
)
from spawnnet_sim.experts.original.requirements import FIELD, contact_file

Shapes = dict[str, tuple[int, ...]]
NetworkT = TypeVar("NetworkT", bound=nn.Module)

# Ours and the original's names of the parts; the file holds some of them several times.
_POLICY_PARTS = {
    "point_layers.0": "pointnet_layer.conv_mlp.mlp.layer0.conv",
    "point_layers.2": "pointnet_layer.conv_mlp.mlp.layer1.conv",
    "cloud_layers.0": "pointnet_layer.global_mlp.mlp.linear0",
    "cloud_layers.2": "pointnet_layer.global_mlp.mlp.linear1",
    **{f"actor.{layer}": f"actor1.{layer}" for layer in (0, 2, 4, 6)},
}
_CONTACT_PARTS = (
    (r"^abstractions\.(\d)\.mlp", r"pointnet2.SA_modules.\1.mlps.0"),
    (r"^propagations\.(\d)\.mlp", r"pointnet2.FP_modules.\1.mlp"),
    (r"^embedding", "pointnet2.fc_layer"),
    (r"^hidden", "action_score.mlp1"),
    (r"^score", "action_score.mlp2"),
)
_COUNTER = "num_batches_tracked"  # of batch normalisation; nothing depends on it


def load_policy(path: Path) -> PolicyNetwork:
    """Load the policy.

    Raises:
        ConfigurationError: If the file is missing or broken, or one of its 57 tensors is missing,
            has another shape or is not finite; or if it holds more than those.
    """
    state = _read(path)
    shapes = policy_shapes()
    _check(path, state, shapes)
    for name in state.keys() - shapes.keys():
        raise _error(path, f"has {name!r}, which the original's expert has not")
    network = PolicyNetwork()
    parts = {name: name.rpartition(".") for name in network.state_dict()}
    names = {name: f"{_POLICY_PARTS[part]}.{kind}" for name, (part, _, kind) in parts.items()}
    return _filled(network, state, names)


def load_contact_network(path: Path) -> ContactNetwork:
    """Load the contact network that belongs to a policy.

    Args:
        path: The policy's file.

    Raises:
        ConfigurationError: If its own file is missing or broken, or a tensor is missing, has
            another shape or is not finite.
    """
    path = contact_file(path)
    content = _read(path)
    if not isinstance(content.get("network"), Mapping):
        raise _error(path, "has no `network`")
    network = ContactNetwork()
    state = network.state_dict()
    names = {name: contact_name(name) for name in state if not name.endswith(_COUNTER)}
    _check(path, content["network"], {names[name]: tuple(state[name].shape) for name in names})
    return _filled(network, content["network"], names)


def contact_name(name: str) -> str:
    """Return what the original calls a tensor of our `ContactNetwork`."""
    for ours, originals in _CONTACT_PARTS:
        name = re.sub(ours, originals, name)
    return name


def policy_shapes() -> Shapes:
    """Return names and shapes of the 57 tensors in the file of a policy."""
    shapes: Shapes = {"log_std": (NUM_ACTIONS,)}
    for trunk in ("pointnet_layer", "actor.point_net", "critic.point_net"):
        for layer, (width, out) in enumerate(pairwise(POINT_WIDTHS)):
            name = f"{trunk}.conv_mlp.mlp.layer{layer}.conv"
            shapes |= {f"{name}.weight": (out, width, 1), f"{name}.bias": (out,)}
        shapes |= _linear(f"{trunk}.global_mlp.mlp.linear", 1, CLOUD_WIDTHS)
    for head in ("actor1.", "actor.fc."):
        shapes |= _linear(head, 2, ACTOR_WIDTHS)
    for head in ("critic1.", "critic.fc."):
        shapes |= _linear(head, 2, (*ACTOR_WIDTHS[:-1], 1))
    return shapes


def _linear(prefix: str, stride: int, widths: tuple[int, ...]) -> Shapes:
    return {
        f"{prefix}{stride * layer}.{kind}": shape
        for layer, (width, out) in enumerate(pairwise(widths))
        for kind, shape in (("weight", (out, width)), ("bias", (out,)))
    }


def _read(path: Path) -> Mapping[str, Any]:
    """Return what `torch.save` wrote; nothing in the file is run."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged and foreign files fail in many ways
        reason = str(error).partition("\n")[0].rstrip(".")
        raise _error(path, f"is no weight file that torch can read safely: {reason}") from error
    if not isinstance(content, Mapping):
        raise _error(path, f"holds a {type(content).__name__} instead of tensors by name")
    return content


def _check(path: Path, state: Mapping[str, Any], shapes: Shapes) -> None:
    for problem in _problems(state, shapes):
        raise _error(path, problem)


def _problems(state: Mapping[str, Any], shapes: Shapes) -> Iterator[str]:
    missing = [name for name in shapes if name not in state]
    if missing:
        yield f"lacks {len(missing)} of {len(shapes)} tensors, the first is {missing[0]!r}"
    for name, shape in shapes.items():
        tensor = state[name]
        if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
            yield f"must have a tensor of floating-point numbers at {name!r}"
        elif _plain(tensor.shape) != _plain(shape):
            yield f"must have shape {shape} at {name!r}, got {tuple(tensor.shape)}"
        elif not tensor.isfinite().all():
            yield f"has numbers that are not finite at {name!r}"


def _plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without the kernel sizes 1 that convolutions over points have."""
    while len(shape) > 2 and shape[-1] == 1:
        shape = shape[:-1]
    return tuple(shape)


def _filled(network: NetworkT, state: Mapping[str, Tensor], names: Mapping[str, str]) -> NetworkT:
    """Return the network with tensors that go by the original's names."""
    own = network.state_dict()
    network.load_state_dict(
        own | {name: state[names[name]].reshape(own[name].shape) for name in names}
    )
    return network.eval().requires_grad_(False)


def _error(path: Path, problem: str) -> ConfigurationError:
    return ConfigurationError(FIELD, f"{str(path)!r} {problem}.")
