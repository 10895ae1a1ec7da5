"""The names that EfficientNet-PyTorch gives the weights of timm's EfficientNets."""

import re
from collections.abc import Iterable

TOP = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1"}
TOP |= {"classifier": "_fc"}
SQUEEZE = {"se.conv_reduce": "_se_reduce", "se.conv_expand": "_se_expand"}
PLAIN = SQUEEZE | {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv"}
PLAIN |= {"bn2": "_bn2"}
EXPANDED = SQUEEZE | {"conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv"}
EXPANDED |= {"bn2": "_bn1", "conv_pwl": "_project_conv", "bn3": "_bn2"}
KEY = re.compile(r"blocks\.(\d+)\.(\d+)\.((?:se\.)?\w+)\.(\w+)")


def efficientnet_pytorch_names(keys: Iterable[str]) -> dict[str, str]:
    """Return timm's name by EfficientNet-PyTorch's, which numbers all blocks through.

    Args:
        keys: Of the state dict of a timm model; other architectures have no such names.
    """
    keys = list(keys)
    blocks = [(int(m[1]), int(m[2]), m[3]) for m in map(KEY.fullmatch, keys) if m]
    numbers = {place: n for n, place in enumerate(sorted({block[:2] for block in blocks}))}
    expanded = {(stage, block) for stage, block, layer in blocks if layer == "conv_pwl"}
    names = {}
    for key in keys:
        if match := KEY.fullmatch(key):
            place = (int(match[1]), int(match[2]))
            layer = (EXPANDED if place in expanded else PLAIN).get(match[3])
            name = layer and f"_blocks.{numbers[place]}.{layer}.{match[4]}"
        else:
            layer, _, rest = key.rpartition(".")
            name = f"{TOP[layer]}.{rest}" if layer in TOP else None
        if name and blocks:
            names[name] = key
    return names
