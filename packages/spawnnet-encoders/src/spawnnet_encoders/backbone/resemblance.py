"""Which network a state dict looks like: first by names, then by shapes alone."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import prod

import torch
from torch import Tensor

WIDTHS = {192: "Ti", 384: "S", 768: "B", 1024: "L", 1280: "H", 1536: "g"}
RESNETS: dict[tuple[int, ...], tuple[int, int]] = {  # blocks per stage: basic, bottleneck
    (2, 2, 2, 2): (18, 26),
    (3, 4, 6, 3): (34, 50),
    (3, 4, 23, 3): (0, 101),
}
COMMON = {  # numbers in matrices and kernels, as `_shapes` counts them
    "mobilenetv3_small_100": 1_501_832,
    "mobilenetv2_100": 2_189_760,
    "tf_efficientnet_lite0": 3_328_992,
    "convnext_atto": 3_356_080,
    "efficientnet_b0": 3_956_192,
    "tf_efficientnet_lite1": 4_082_016,
    "mobilenetv3_large_100": 4_171_272,
    "tf_efficientnet_lite2": 4_752_976,
    "vit_tiny_patch16_224": 5_455_872,
    "efficientnet_b1": 6_436_976,
    "tf_efficientnet_lite3": 6_839_424,
    "densenet121": 6_870_208,
    "efficientnet_b2": 7_618_016,
    "regnety_016": 10_250_592,
    "efficientnet_b3": 10_588_856,
    "resnet18": 11_166_912,
    "tf_efficientnet_lite4": 11_613_200,
    "efficientnet_b4": 17_394_376,
    "regnety_032": 17_844_768,
    "resnet34": 21_267_648,
    "vit_small_patch8_224": 21_307_392,
    "vit_small_patch14_dinov2": 21_459_456,
    "vit_small_patch16_224": 21_528_576,
    "vit_small_patch32_224": 22_413_312,
    "resnet50": 23_454_912,
    "swin_tiny_patch4_window7_224": 27_454_746,
    "convnext_tiny": 27_756_000,
    "efficientnet_b5": 28_127_728,
    "resnet101": 42_394_816,
    "swin_small_patch4_window7_224": 48_712_746,
    "convnext_small": 49_328_352,
    "resnet152": 57_992_384,
    "vit_base_patch8_224": 85_082_112,
    "vit_base_patch14_dinov2": 85_386_240,
    "vit_base_patch16_224": 85_524_480,
    "vit_base_patch16_clip_224": 85_524_480,
    "swin_base_patch4_window7_224": 86_577_208,
    "vit_base_patch32_224": 87_293_952,
    "convnext_base": 87_398_016,
    "vgg16": 134_248_128,
    "convnext_large": 195_977_664,
    "vit_large_patch14_dinov2": 302_592_000,
    "vit_large_patch14_clip_224": 302_592_000,
    "vit_large_patch16_224": 302_776_320,
}
CANDIDATES = 6  # models that are built to be compared
CERTAIN = 0.97  # share of a network's shapes that are found, from which on it is meant


def describe_architecture(state: Mapping[str, Tensor]) -> str:
    """Return in words which network a state dict looks like."""
    kernel = state.get("patch_embed.proj.weight")
    if kernel is not None and kernel.dim() == 4:
        width, _, patch, _ = kernel.shape
        depth = _count(state, r"blocks\.(\d+)\.")
        return f"a vision transformer ViT-{WIDTHS.get(width, width)}/{patch} with {depth} blocks"
    if "layer1.0.conv1.weight" in state:
        blocks = tuple(_count(state, rf"layer{i}\.(\d+)\.") for i in range(1, 5))
        depth = RESNETS.get(blocks, (0, 0))["layer1.0.conv3.weight" in state]
        return f"a ResNet-{depth}" if depth else f"a ResNet with {blocks} blocks"
    if "stem.0.weight" in state and "stages.0.blocks.0.conv_dw.weight" in state:
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
    size = 1.03 * sum(count * prod(shape) for shape, count in found.items())
    candidates = sorted((m for m in COMMON if COMMON[m] <= size), key=lambda m: -COMMON[m])
    best: str | None = None
    most = 0
    for model in candidates[:CANDIDATES]:
        try:
            with torch.device("meta"):
                shapes = _shapes(timm.create_model(model, num_classes=0).state_dict().values())
        except RuntimeError:  # older releases cannot describe every architecture without memory
            continue
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
