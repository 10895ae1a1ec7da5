"""What a timm backbone will give for a configuration, found out without building it."""

import functools
import inspect
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from spawnnet_encoders.backbone.normalization import Colour
from spawnnet_encoders.backbone.positions import change_grid
from spawnnet_encoders.backbone.weights import NAMED_WEIGHTS, NamedWeights, find_named
from spawnnet_encoders.errors import ConfigurationError, nearest

IMAGENET_MEAN: Colour = (0.485, 0.456, 0.406)
IMAGENET_STD: Colour = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class BackboneLayout:
    """Sizes of a backbone's features.

    Attributes:
        model: The timm name, such as `vit_small_patch8_224.dino`.
        kind: What one layer is: a transformer's `block`, or a convolutional network's `stage`.
        layers: Indices of the layers, as timm's `forward_intermediates` counts them.
        channels: D of each of these layers.
        grids: (h, w) of each of these layers, in feature cells.
        num_layers: How many layers the model has.
        largest_activation: Numbers in the largest tensor on the way, for one image.
        has_class_token: Whether the model has a class token.
        has_facets: Whether blocks have one projection to queries, keys and values.
        fixed_input_size: Whether the network is built for one image size.
        mean: Per colour, in [0, 1], subtracted from images.
        std: Per colour, divides images.
    """

    model: str
    kind: str
    layers: tuple[int, ...]
    channels: tuple[int, ...]
    grids: tuple[tuple[int, int], ...]
    num_layers: int
    largest_activation: int
    has_class_token: bool
    has_facets: bool
    fixed_input_size: bool
    mean: Colour
    std: Colour


@functools.lru_cache(maxsize=64)
def look_up_backbone(
    model: str,
    image_size: tuple[int, int],
    layers: tuple[int, ...] | None = None,
    stride: int | None = None,
    weights: str = "pretrained",
) -> BackboneLayout:
    """Return the sizes of a backbone's features; nothing is allocated and no weights are read.

    Args:
        model: A timm name, or a name of `NAMED_WEIGHTS`.
        image_size: (H, W) in pixels.
        layers: Indices; None picks the paper's proportions, see `default_layers`.
        stride: Overrides the patch stride of a vision transformer.
        weights: A name of `NAMED_WEIGHTS`, whose model it is then; others make no difference.

    Raises:
        ConfigurationError: If the model is unknown or unusable, the weights are of another, a layer
            does not exist, the patch or stride does not divide the image, or the model cannot take
            images of this size.
    """
    named = find_named(model, weights)
    name = model if named is None else named.model
    network = _on_meta_device(name, model)
    kind = "block" if takes_tokens(network) else "stage"
    reductions = [int(info["reduction"]) for info in network.feature_info]
    chosen = default_layers(len(reductions)) if layers is None else layers
    check_layers(chosen, len(reductions), kind, model)
    if kind == "stage" and stride is not None:
        raise ConfigurationError("backbone.stride", f"`{model}` has no patches, leave it out.")
    patch = max(reductions[layer] for layer in chosen)
    if stride is not None and stride != patch:
        grid = _overlapping_grid(network, image_size, patch, stride, model)
        _, largest = _run_on_shapes(network, name, image_size, chosen, stride)
        grids = [grid] * len(chosen)
    else:
        _check_divides(image_size, patch, model, "patch size" if kind == "block" else "stride")
        grids, largest = _run_on_shapes(network, name, image_size, chosen)
    mean, std = _statistics(network, named)
    return BackboneLayout(
        model=name,
        kind=kind,
        layers=chosen,
        channels=tuple(int(network.feature_info[layer]["num_chs"]) for layer in chosen),
        grids=tuple(grids),
        num_layers=len(reductions),
        largest_activation=largest,
        has_class_token=getattr(network, "cls_token", None) is not None,
        has_facets=kind == "block" and has_facets(network),
        fixed_input_size=bool(network.pretrained_cfg["fixed_input_size"]),
        mean=mean,
        std=std,
    )


def takes_tokens(network: nn.Module) -> bool:
    """Return whether a network gives sequences of tokens rather than feature maps."""
    return _has_option(network, "return_prefix_tokens")


def stops_early(network: nn.Module) -> bool:
    """Return whether a network can end a run after the last layer that is asked for."""
    return _has_option(network, "stop_early")


def _has_option(network: Any, name: str) -> bool:
    return name in inspect.signature(network.forward_intermediates).parameters


def default_layers(num_layers: int) -> tuple[int, ...]:
    """Return the paper's layers (5, 8, 11 of 12) in proportion, or the last three stages."""
    if num_layers < 12:
        return tuple(range(max(num_layers - 3, 0), num_layers))
    return (num_layers // 2 - 1, 3 * num_layers // 4 - 1, num_layers - 1)


def _on_meta_device(name: str, model: str) -> Any:
    import timm  # takes seconds, so not at the import of the package

    architecture = name.partition(".")[0]
    if not timm.is_model(architecture):
        known = [*timm.list_models(), *NAMED_WEIGHTS]
        raise ConfigurationError(
            "backbone.model", f"timm has no `{model}`{nearest(architecture, known)}."
        )
    try:
        with torch.device("meta"):
            network = timm.create_model(name, num_classes=0)
    except RuntimeError as error:
        tags = timm.list_pretrained(f"{architecture}.*")
        raise ConfigurationError(
            "backbone.model", f"{error} timm has {', '.join(tags)}."
        ) from error
    if not hasattr(network, "forward_intermediates"):
        raise ConfigurationError(
            "backbone.model", f"`{model}` does not offer `forward_intermediates`."
        )
    return network


def has_facets(network: Any) -> bool:
    """Return whether blocks of a transformer have one projection to queries, keys and values."""
    blocks: Any = getattr(network, "blocks", [None])
    attention = getattr(blocks[0], "attn", None)
    return isinstance(getattr(attention, "qkv", None), nn.Linear)


def _statistics(network: Any, named: NamedWeights | None) -> tuple[Colour, Colour]:
    if named is not None and named.imagenet_statistics:
        return IMAGENET_MEAN, IMAGENET_STD
    return tuple(network.pretrained_cfg["mean"]), tuple(network.pretrained_cfg["std"])


def check_layers(layers: tuple[int, ...], num_layers: int, kind: str, model: str) -> None:
    """Raise a ConfigurationError for the first layer that a network does not have."""
    for i, layer in enumerate(layers):
        if not 0 <= layer < num_layers:
            raise ConfigurationError(
                f"backbone.layers[{i}]",
                f"{kind} {layer} does not exist, `{model}` has {kind}s 0 to {num_layers - 1}.",
            )


def _overlapping_grid(
    network: Any, image_size: tuple[int, int], patch: int, stride: int, model: str
) -> tuple[int, int]:
    if getattr(network, "pos_embed", None) is None or not hasattr(network.patch_embed, "proj"):
        raise ConfigurationError(
            "backbone.stride", f"`{model}` has no learned positions to interpolate."
        )
    if stride < 1 or patch % stride:
        raise ConfigurationError(
            "backbone.stride", f"must divide the patch size {patch}, got {stride}."
        )
    _check_divides((image_size[0] - patch, image_size[1] - patch), stride, model, "stride")
    return (image_size[0] - patch) // stride + 1, (image_size[1] - patch) // stride + 1


def _run_on_shapes(
    network: Any,
    name: str,
    image_size: tuple[int, int],
    layers: tuple[int, ...],
    stride: int | None = None,
) -> tuple[list[tuple[int, int]], int]:
    """Return the last axes of the layers, and the size of the largest activation.

    Many architectures take images of some sizes only, and few say so.
    """
    h, w = network.pretrained_cfg["input_size"][1:]
    indices = sorted(set(layers))
    options: dict[str, Any] = {"indices": indices, "intermediates_only": True}
    if stride is not None:
        options["output_fmt"] = "NLC"  # timm makes maps of grids that do not overlap
    try:
        with torch.device("meta"), torch.no_grad():
            network = _for_size(network, name, image_size, stride).eval()
            sizes = record_sizes(network)
            images = torch.empty(1, 3, *image_size)
            outputs = network.forward_intermediates(images, **options)
    except Exception as error:  # there are as many ways to fail as there are architectures
        raise ConfigurationError(
            "image_size",
            f"`{name}` cannot take images of {image_size[0]}x{image_size[1]} "
            f"({type(error).__name__}: {str(error).strip().partition(chr(10))[0]}); it was made "
            f"for {h}x{w}.",
        ) from error
    shapes = {i: output.shape[-2:] for i, output in zip(indices, outputs, strict=True)}
    return [(shapes[layer][0], shapes[layer][1]) for layer in layers], max(sizes)


def _for_size(network: Any, name: str, image_size: tuple[int, int], stride: int | None) -> Any:
    import timm

    native = network.pretrained_cfg["input_size"]
    if stride is not None:
        change_grid(network, image_size, stride, original=False)
    elif network.pretrained_cfg["fixed_input_size"] and image_size != tuple(native[1:]):
        return timm.create_model(name, num_classes=0, img_size=image_size)
    return network


def record_sizes(network: nn.Module) -> list[int]:
    """Return a list that gets the size of every module's output in every call from now on."""
    sizes: list[int] = []

    def record(module: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, torch.Tensor):
            sizes.append(output.numel())

    for module in network.modules():
        module.register_forward_hook(record)
    return sizes


def _check_divides(size: tuple[int, int], step: int, model: str, what: str) -> None:
    if size[0] % step or size[1] % step:
        raise ConfigurationError(
            "image_size",
            f"{size[0]}x{size[1]} is not a multiple of the {what} {step} of `{model}`.",
        )
