"""Build a timm network for an image size, with the weights that were asked for."""

import logging
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from spawnnet_encoders.backbone.checkpoint_file import read_tensors
from spawnnet_encoders.backbone.checkpoint_names import check_values, choose_network, without_heads
from spawnnet_encoders.backbone.layout import BackboneLayout
from spawnnet_encoders.backbone.positions import change_grid
from spawnnet_encoders.backbone.resemblance import describe_architecture
from spawnnet_encoders.backbone.retrieval import find_file
from spawnnet_encoders.backbone.weights import NAMED_WEIGHTS, NamedWeights, find_named
from spawnnet_encoders.errors import ConfigurationError

logger = logging.getLogger(__name__)


def build_network(
    model: str,
    weights: str,
    layout: BackboneLayout,
    image_size: tuple[int, int],
    *,
    state: Mapping[str, Tensor] | None = None,
    key: str | None = None,
    stride: int | None = None,
    original_positions: bool = False,
) -> Any:
    """Return a timm network without classifier.

    Args:
        model: A timm name, or a name of `NAMED_WEIGHTS`.
        weights: `pretrained`, `random`, a name of `NAMED_WEIGHTS`, or the path of a file.
        layout: What `look_up_backbone` gave for the model.
        image_size: (H, W) in pixels.
        state: Weights to use instead, under the names of their project.
        key: `weights_key` of `BackboneConfig`.
        stride: See `BackboneConfig`.
        original_positions: See `BackboneConfig`.

    Raises:
        ConfigurationError: If the weights are not to be had, or do not fit the model.
    """
    named = find_named(model, weights)
    options: dict[str, Any] = {"num_classes": 0, **(named.options if named else {})}
    regrid = layout.kind == "block" and (original_positions or stride is not None)
    if layout.fixed_input_size and not regrid:
        options["img_size"] = image_size
    if state is not None:
        network = _with_state(layout.model, state, options, key)
    else:
        network = _with_weights(model, weights, named, layout.model, options, key)
    if regrid:
        change_grid(network, image_size, stride, original=original_positions)
    return network


def _with_weights(
    model: str,
    weights: str,
    named: NamedWeights | None,
    name: str,
    options: dict[str, Any],
    key: str | None,
) -> Any:
    import timm

    if weights == "random":
        return timm.create_model(name, **options)
    if named is not None and (weights == "pretrained" or weights in NAMED_WEIGHTS):
        label = weights if weights in NAMED_WEIGHTS else model
        return _with_state(name, read_tensors(find_file(label, named)), options, key)
    if weights == "pretrained":
        return _download(name, options)
    return _with_state(name, read_tensors(weights), options, key)


def _with_state(
    name: str, tensors: Mapping[str, Tensor], options: dict[str, Any], key: str | None
) -> Any:
    import timm

    with torch.device("meta"):
        expected = timm.create_model(name, **options).state_dict()
    config = timm.get_pretrained_cfg(name.partition(".")[0])
    chosen = choose_network(tensors, expected, key)
    if name.startswith("efficientnet") and any("_conv_stem." in key for key in tensors):
        logger.warning("EfficientNet-PyTorch pads as TensorFlow: `tf_%s` gives its features.", name)
    state = without_heads(chosen, expected, config.classifier if config else None)
    if not state:  # for which timm would get weights from its hub
        raise ConfigurationError("backbone.weights", _difference(name, chosen, expected))
    check_values(state, expected)
    if _shapes(state) == _shapes(expected):  # timm's conversions may take them for foreign
        network = timm.create_model(name, **options)
        network.load_state_dict(state)
        return network
    overlay = {"state_dict": state, "num_classes": 0}
    try:
        return timm.create_model(name, pretrained=True, pretrained_cfg_overlay=overlay, **options)
    except Exception as error:  # timm converts foreign names, each architecture its own way
        raise ConfigurationError("backbone.weights", _difference(name, state, expected)) from error


def _shapes(state: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in state.items()}


def _download(name: str, options: dict[str, Any]) -> Any:
    import timm

    logger.info("getting the weights of `%s` from its hub, unless they are cached", name)
    try:
        return timm.create_model(name, pretrained=True, **options)
    except Exception as error:  # the hub's client has dozens of ways to fail
        raise ConfigurationError(
            "backbone.weights",
            f"could not get the weights of `{name}` from its hub "
            f"({type(error).__name__}: {str(error).strip().partition(chr(10))[0]}); download the "
            "file elsewhere and give its path as `weights`, or use `random`; with HF_HUB_OFFLINE=1 "
            "in the environment only the cache is tried and the answer comes at once.",
        ) from error


def _difference(name: str, state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """Say which keys of a state dict do not fit a model, and which architecture it looks like."""
    missing = [key for key in expected if key not in state]
    unknown = [key for key in state if key not in expected]
    reshaped = [
        f"{key} is {tuple(state[key].shape)} instead of {tuple(value.shape)}"
        for key, value in expected.items()
        if key in state and state[key].shape != value.shape
    ]
    parts = [
        f"{what} {', '.join(keys[:3])}{' ...' if len(keys) > 3 else ''}"
        for what, keys in (("missing", missing), ("unknown", unknown), ("reshaped:", reshaped))
        if keys
    ]
    return (
        f"the weights do not fit `{name}` ({'; '.join(parts)}); "
        f"they look like {describe_architecture(state)}."
    )
