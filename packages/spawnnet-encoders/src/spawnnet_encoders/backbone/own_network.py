"""A network of the caller's own as a backbone: what it has to offer, and what it then gives."""

import copy
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from spawnnet_encoders.backbone.backbone import BackboneConfig
from spawnnet_encoders.backbone.layout import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    BackboneLayout,
    check_layers,
    default_layers,
    has_facets,
    record_sizes,
    takes_tokens,
)
from spawnnet_encoders.configuration import build_config
from spawnnet_encoders.errors import ConfigurationError

BY_NAME_ONLY = ("model", "weights", "weights_key", "stride", "original_positions")


@dataclass(frozen=True)
class OwnBackboneConfig(BackboneConfig):
    """A network of the caller's own, with weights, as backbone.

    It offers `forward_intermediates(images, indices=..., intermediates_only=True)` as networks of
    timm do, or its `forward(images)` returns the list of its feature maps `(n, D, h, w)`, shallow
    ones first. `images` are `(n, 3, H, W)`, normalised. The encoder takes a copy.

    Attributes:
        network: The module; options of networks that are made by name do not go with it.
        layers: Indices into its feature maps; None takes those of `BackboneConfig`.
        mean: Per colour, in [0, 1]; None takes those of a timm network, or else ImageNet's.
        std: Per colour, likewise.
    """

    network: nn.Module = field(kw_only=True, repr=False)
    weights: str = "own"

    def __post_init__(self) -> None:
        """Reject options of networks that are made by name."""
        super().__post_init__()
        for option in dataclasses.fields(OwnBackboneConfig):
            if option.name in BY_NAME_ONLY and getattr(self, option.name) != option.default:
                raise ConfigurationError(
                    option.name, "belongs to networks that are made by name, leave it out."
                )

    def __deepcopy__(self, memo: dict[int, Any]) -> "OwnBackboneConfig":
        """Return this: a copied encoder brings its own network."""
        return self

    def layout(self, image_size: tuple[int, int]) -> BackboneLayout:
        """Return the sizes of the features, found by a run without content."""
        name = type(self.network).__name__
        network = _with_intermediates(_without_content(self.network)).eval()
        maps, largest = _run_on_shapes(network, name, image_size)
        kind = "block" if takes_tokens(network) else "stage"
        layers = default_layers(len(maps)) if self.layers is None else self.layers
        check_layers(layers, len(maps), kind, name)
        statistics = getattr(self.network, "pretrained_cfg", None) or {}
        return BackboneLayout(
            model=name,
            kind=kind,
            layers=layers,
            channels=tuple(maps[layer][1] for layer in layers),
            grids=tuple((maps[layer][2], maps[layer][3]) for layer in layers),
            num_layers=len(maps),
            largest_activation=largest,
            has_class_token=getattr(network, "cls_token", None) is not None,
            has_facets=kind == "block" and has_facets(network),
            fixed_input_size=False,
            mean=self.mean or tuple(statistics.get("mean", IMAGENET_MEAN)),
            std=self.std or tuple(statistics.get("std", IMAGENET_STD)),
        )

    def build(
        self,
        layout: BackboneLayout,
        image_size: tuple[int, int],
        state: Mapping[str, Tensor] | None = None,
    ) -> Any:
        """Return a copy of the network; nothing but its own weights fits it."""
        del layout, image_size
        assert state is None
        return _with_intermediates(copy.deepcopy(self.network))


class FeatureMaps(nn.Module):
    """Gives a network that returns all its feature maps the interface of timm's.

    Args:
        network: From `(n, 3, H, W)` to a sequence of `(n, D, h, w)`.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward_intermediates(
        self,
        images: Tensor,
        *,
        indices: Sequence[int] | None = None,
        intermediates_only: bool = True,
    ) -> list[Tensor]:
        """Return the maps of `indices`, of all layers for None."""
        del intermediates_only
        maps = self.network(images)
        if not isinstance(maps, list | tuple):
            raise TypeError(f"it returns a {type(maps).__name__} and no list of feature maps")
        return [maps[index] for index in (range(len(maps)) if indices is None else indices)]


def with_own_network(backbone: Any) -> Any:
    """Return the configuration of a backbone that is given as a module, and any other as it is.

    Args:
        backbone: A module, or options with a module as their `model`, or anything else.

    Raises:
        ConfigurationError: If options do not go with a module.
    """
    options = {"model": backbone} if isinstance(backbone, nn.Module) else backbone
    if not isinstance(options, Mapping) or not isinstance(options.get("model"), nn.Module):
        return backbone
    others = {name: value for name, value in options.items() if name != "model"}
    return build_config(OwnBackboneConfig, {"network": options["model"], **others}, "backbone.")


def _with_intermediates(network: nn.Module) -> Any:
    return network if hasattr(network, "forward_intermediates") else FeatureMaps(network)


def _without_content(network: nn.Module) -> nn.Module:
    """Return a copy on the meta device, for which no weight is copied."""
    tensors = (*network.parameters(), *network.buffers())
    return copy.deepcopy(network, {id(tensor): tensor.to("meta") for tensor in tensors})


def _run_on_shapes(
    network: Any, name: str, image_size: tuple[int, int]
) -> tuple[list[tuple[int, ...]], int]:
    """Return the shapes of all layers' maps, and the size of the largest activation."""
    try:
        with torch.device("meta"), torch.no_grad():
            sizes = record_sizes(network)
            maps = network.forward_intermediates(
                torch.empty(1, 3, *image_size), intermediates_only=True
            )
    except Exception as error:  # whatever a network of the caller's raises
        raise ConfigurationError(
            "backbone",
            f"`{name}` gives no features of images of {image_size[0]}x{image_size[1]} "
            f"({type(error).__name__}: {str(error).strip().partition(chr(10))[0]}).",
        ) from error
    shapes = [tuple(feature_map.shape) for feature_map in maps]
    wrong = [shape for shape in shapes if len(shape) != 4 or shape[0] != 1]
    if wrong or not shapes:
        raise ConfigurationError(
            "backbone", f"`{name}` should give maps (n, D, h, w), for one image it gave {shapes}."
        )
    return shapes, max(sizes, default=1)
