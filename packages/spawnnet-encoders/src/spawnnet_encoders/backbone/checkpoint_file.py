"""Read the weight files that exist in the field, safely, into plain state dicts."""

import re
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from spawnnet_encoders.errors import ConfigurationError

WRAPPERS = ("model", "state_dict", "r3m", "teacher")  # MVP and MAE, Lightning, R3M, DINO
PREFIXES = ("module.convnet.", "convnet.", "module.", "backbone.", "_orig_mod.")
# What other projects keep beside the image network: MAE's decoder, R3M's language network.
IGNORED = re.compile(r"(decoder_|.*lang_enc|.*lang_rew)")
HEADS = re.compile(r"(head|fc)\.")  # as DINO, MVP and torchvision call what follows the network
WIDTHS = {192: "Ti", 384: "S", 768: "B", 1024: "L", 1280: "H", 1536: "g"}
RESNETS: dict[tuple[int, ...], tuple[int, int]] = {  # blocks per stage: basic, bottleneck
    (2, 2, 2, 2): (18, 26),
    (3, 4, 6, 3): (34, 50),
    (3, 4, 23, 3): (0, 101),
}


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Return the tensors of a weight file, under the names that timm uses.

    Understands safetensors, plain state dicts (timm, torchvision, DINO, DINOv2), `{"model": ...}`
    (MVP, MAE), `{"r3m": "module.convnet..."}`, `{"state_dict": ...}` and the prefixes of
    `DataParallel` and `torch.compile`. Pickled code is never run.

    Raises:
        ConfigurationError: If there is no such file, or it holds anything but tensors in mappings.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise ConfigurationError("backbone.weights", f"there is no file `{path}`.")
    try:
        if path.suffix == ".safetensors":
            content: Any = safetensors.torch.load_file(path)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes lead the unpickler to any of them
        raise ConfigurationError(
            "backbone.weights",
            f"`{path}` is no file of plain tensors, or it is damaged "
            f"({type(error).__name__}). Other objects are not loaded, because unpickling them can "
            "run code: convert a file that you trust to safetensors.",
        ) from error
    return strip_names(_unwrap(content, path))


def strip_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state dict of the image network alone, without wrappers' prefixes."""
    state = {key: value for key, value in state.items() if not IGNORED.match(key)}
    for prefix in PREFIXES:
        inner = {key: value for key, value in state.items() if key.startswith(prefix)}
        others = [key for key in state if key not in inner and not HEADS.match(key)]
        # R3M's file has the language network beside `module.convnet.`; other wrappers hold all.
        if inner and ("convnet" in prefix or not others):
            state = {key.removeprefix(prefix): value for key, value in inner.items()}
    return {key: value for key, value in state.items() if not IGNORED.match(key)}


def without_classifier(
    state: Mapping[str, Tensor],
    expected: Container[str],
    classifier: str | tuple[str, ...] | None,
) -> dict[str, Tensor]:
    """Return a state dict without the layers that turn features into classes.

    Args:
        state: Under timm's names.
        expected: The keys that the network has without its classifier.
        classifier: Its name or names, as timm's configuration gives them.
    """
    names = (classifier,) if isinstance(classifier, str) else classifier or ()
    prefixes = tuple(f"{name}." for name in names)
    return {
        key: value
        for key, value in state.items()
        if key in expected or not (HEADS.match(key) or key.startswith(prefixes))
    }


def describe_architecture(state: Mapping[str, Tensor]) -> str:
    """Return in words which network a state dict looks like."""
    if "patch_embed.proj.weight" in state:
        width, _, patch, _ = state["patch_embed.proj.weight"].shape
        depth = _count(state, r"blocks\.(\d+)\.")
        return f"a vision transformer ViT-{WIDTHS.get(width, width)}/{patch} with {depth} blocks"
    if "layer1.0.conv1.weight" in state:
        blocks = tuple(_count(state, rf"layer{i}\.(\d+)\.") for i in range(1, 5))
        depth = RESNETS.get(blocks, (0, 0))["layer1.0.conv3.weight" in state]
        return f"a ResNet-{depth}" if depth else f"a ResNet with {blocks} blocks"
    if any(key.startswith("stages.0.blocks.0.conv_dw") for key in state):
        return f"a ConvNeXt with {state['stem.0.weight'].shape[0]} channels"
    return "no network that is known here"


def _unwrap(content: Any, path: Path) -> Mapping[str, Tensor]:
    while isinstance(content, Mapping):
        inner = next((content[key] for key in WRAPPERS if key in content), None)
        if not isinstance(inner, Mapping):
            break
        content = inner
    if not isinstance(content, Mapping):
        raise ConfigurationError(
            "backbone.weights", f"`{path}` holds {type(content).__name__}, no weights."
        )
    tensors = {
        key: value
        for key, value in content.items()
        if isinstance(key, str) and isinstance(value, Tensor)
    }
    if not tensors:
        names = ", ".join(map(str, list(content)[:5]))
        raise ConfigurationError("backbone.weights", f"`{path}` holds no weights, only {names}.")
    return tensors


def _count(state: Mapping[str, Tensor], pattern: str) -> int:
    return 1 + max(
        (int(match[1]) for key in state if (match := re.match(pattern, key))), default=-1
    )
