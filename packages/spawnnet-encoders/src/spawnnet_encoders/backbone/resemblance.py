"""Which network a state dict looks like: first by names, then by shapes alone."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

WIDTHS = {192: "Ti", 384: "S", 768: "B", 1024: "L", 1280: "H", 1536: "g"}
RESNETS: dict[tuple[int, ...], tuple[int, int]] = {  # blocks per stage: basic, bottleneck
    (2, 2, 2, 2): (18, 26),
    (3, 4, 6, 3): (34, 50),
    (3, 4, 23, 3): (0, 101),
}
COMMON = (
    *(f"vit_{size}_patch16_224" for size in ("tiny", "small", "base", "large")),
    *("vit_small_patch8_224", "vit_base_patch8_224", "vit_small_patch32_224"),
    *(f"vit_{size}_patch14_dinov2" for size in ("small", "base", "large")),
    *("vit_base_patch32_224", "vit_large_patch14_clip_224", "vit_base_patch16_clip_224"),
    *(f"resnet{depth}" for depth in (18, 34, 50, 101, 152)),
    *(f"convnext_{size}" for size in ("atto", "tiny", "small", "base", "large")),
    *(f"efficientnet_b{i}" for i in range(6)),
    *(f"tf_efficientnet_lite{i}" for i in range(5)),
    *(f"swin_{size}_patch4_window7_224" for size in ("tiny", "small", "base")),
    *("mobilenetv3_large_100", "mobilenetv3_small_100", "mobilenetv2_100", "densenet121"),
    *("vgg16", "regnety_016", "regnety_032"),
)
CERTAIN = 0.97  # share of a network's shapes that are found, from which on it is meant


def describe_architecture(state: Mapping[str, Tensor]) -> str:
    """Return in words which network a state dict looks like."""
    if "patch_embed.proj.weight" in state:
        width, _, patch, *_ = state["patch_embed.proj.weight"].shape
        depth = _count(state, r"blocks\.(\d+)\.")
        return f"a vision transformer ViT-{WIDTHS.get(width, width)}/{patch} with {depth} blocks"
    if "layer1.0.conv1.weight" in state:
        blocks = tuple(_count(state, rf"layer{i}\.(\d+)\.") for i in range(1, 5))
        depth = RESNETS.get(blocks, (0, 0))["layer1.0.conv3.weight" in state]
        return f"a ResNet-{depth}" if depth else f"a ResNet with {blocks} blocks"
    if any(key.startswith("stages.0.blocks.0.conv_dw") for key in state):
        return f"a ConvNeXt with {state['stem.0.weight'].shape[0]} channels"
    model = find_by_shapes(state.values())
    if model is None:
        return "no network that is known here"
    names = ", ".join(list(state)[:2])
    return (
        f"timm's `{model}` by their shapes, under other names ({names}, ...): configure that model "
        "and give the keys the names of timm"
    )


def find_by_shapes(tensors: Iterable[Tensor]) -> str | None:
    """Return the common timm model whose shapes are all among those of some tensors, or None.

    Names play no part, nor does whether queries, keys and values are one matrix or three.
    """
    import timm

    found = _shapes(tensors)
    best, most = None, 0
    for model in COMMON:
        with torch.device("meta"):
            shapes = _shapes(timm.create_model(model, num_classes=0).state_dict().values())
        common = (shapes & found).total()
        if common >= CERTAIN * shapes.total() and common > most:
            best, most = model, common
    return best


def _shapes(tensors: Iterable[Tensor]) -> Counter[tuple[int, ...]]:
    """Return the shapes of matrices and kernels; tokens and positions vary with the image."""
    counts: Counter[tuple[int, ...]] = Counter()
    for tensor in tensors:
        shape = tuple(tensor.shape)
        if len(shape) < 2 or shape[0] == 1:
            continue
        is_joint = len(shape) == 2 and shape[0] == 3 * shape[1]
        counts[shape[1:] * 2 if is_joint else shape] += 3 if is_joint else 1
    return counts


def _count(state: Mapping[str, Tensor], pattern: str) -> int:
    return 1 + max(
        (int(match[1]) for key in state if (match := re.match(pattern, key))), default=-1
    )
