"""Build a timm network for an image size, with the weights that were asked for."""

import hashlib
import logging
import urllib.error
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from spawnnet_encoders.backbone.checkpoint_file import (
    describe_architecture,
    read_state_dict,
    strip_names,
)
from spawnnet_encoders.backbone.layout import BackboneLayout
from spawnnet_encoders.backbone.positions import change_grid
from spawnnet_encoders.backbone.weights import NAMED_WEIGHTS, NamedWeights
from spawnnet_encoders.errors import ConfigurationError

logger = logging.getLogger(__name__)


def build_network(
    model: str,
    weights: str | Mapping[str, Tensor],
    layout: BackboneLayout,
    image_size: tuple[int, int],
    *,
    stride: int | None = None,
    original_positions: bool = False,
) -> Any:
    """Return a timm network without classifier.

    Args:
        model: A timm name, or a name of `NAMED_WEIGHTS`.
        weights: `pretrained`, `random`, the path of a file, or a state dict.
        layout: What `look_up_backbone` gave for the model.
        image_size: (H, W) in pixels.
        stride: See `BackboneConfig`.
        original_positions: See `BackboneConfig`.

    Raises:
        ConfigurationError: If the weights are not to be had, or do not fit the model.
    """
    options: dict[str, Any] = {"num_classes": 0}
    if model in NAMED_WEIGHTS:
        options |= NAMED_WEIGHTS[model].options
    regrid = layout.kind == "block" and (original_positions or stride is not None)
    if layout.fixed_input_size and not regrid:
        options["img_size"] = image_size
    network = _with_weights(model, weights, layout.model, options)
    if regrid:
        change_grid(network, image_size, stride, original=original_positions)
    return network


def _with_weights(
    model: str, weights: str | Mapping[str, Tensor], name: str, options: dict[str, Any]
) -> Any:
    import timm

    if weights == "random":
        return timm.create_model(name, **options)
    if weights == "pretrained" and model not in NAMED_WEIGHTS:
        return _download(name, options)
    if weights == "pretrained":
        state = _named_state_dict(model)
    else:
        state = read_state_dict(weights) if isinstance(weights, str) else strip_names(weights)
    overlay = {"state_dict": dict(state), "num_classes": 0}
    try:
        return timm.create_model(name, pretrained=True, pretrained_cfg_overlay=overlay, **options)
    except (RuntimeError, KeyError, AssertionError) as error:
        raise ConfigurationError("backbone.weights", _difference(name, state, options)) from error


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


def _named_state_dict(name: str) -> dict[str, Tensor]:
    named = NAMED_WEIGHTS[name]
    if not named.path.is_file():
        if named.url is None:
            raise ConfigurationError("backbone.weights", f"`{name}`: {named.instructions()}")
        try:
            named.path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(named.url, str(named.path), progress=False)
        except (urllib.error.URLError, OSError) as error:
            raise ConfigurationError(
                "backbone.weights",
                f"`{name}` could not be downloaded ({error}); {named.instructions()}",
            ) from error
    _verify(named)
    return read_state_dict(named.path)


def _verify(named: NamedWeights) -> None:
    algorithm, _, digits = named.checksum.partition(":")
    if not digits:
        return
    with named.path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if not found.startswith(digits):
        raise ConfigurationError(
            "backbone.weights",
            f"`{named.path}` has the {algorithm} {found}, but the published one "
            f"starts with {digits}: remove the file and get it again.",
        )


def _difference(name: str, state: Mapping[str, Tensor], options: dict[str, Any]) -> str:
    """Say which keys of a state dict do not fit a model, and which architecture it looks like."""
    import timm

    with torch.device("meta"):
        expected = timm.create_model(name, **options).state_dict()
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
