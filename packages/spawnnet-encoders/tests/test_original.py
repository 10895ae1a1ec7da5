"""Encoders of the original release: its golden numbers, then every option against the formulas."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from spawnnet_encoders import FrozenViT, encoder_from_original
from spawnnet_encoders.original import arithmetic

TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}  # of the golden data
relu, conv2d = nn.functional.relu, nn.functional.conv2d
Golden = Callable[[str], Any]


@pytest.mark.parametrize("name", ["spawnnet_dino", "impala_large", "r3m_mlp"])
@torch.no_grad()
def test_features_are_the_originals(golden: Golden, name: str) -> None:
    case = golden(name)
    output = encoder_from_original(case.config, case.state)(case.observation)
    np.testing.assert_allclose(output.features.numpy(), case.arrays["feature"], **TOLERANCE)
    if "attn" in case.arrays:
        np.testing.assert_allclose(output.attention.numpy(), case.arrays["attn"], **TOLERANCE)


@torch.no_grad()
def test_frozen_vit_descriptors_are_the_originals(golden: Golden) -> None:
    case = golden("vit_mlp_dino")
    encoder = encoder_from_original(case.config, case.state)
    assert isinstance(encoder, FrozenViT)
    class_token, dense = encoder.descriptors(case.observation["rgb"].flatten(0, 2))
    expected = case.arrays["cls"]
    np.testing.assert_allclose(class_token.reshape(expected.shape), expected, **TOLERANCE)
    flat = dense.permute(0, 3, 1, 2).flatten()[::997]
    np.testing.assert_allclose(flat, case.arrays["feature_strided_997"], **TOLERANCE)
    kept = (torch.from_numpy(expected),)  # the class tokens are all that an encoder keeps
    features = encoder(case.observation, kept).features
    rows = [
        torch.cat((kept[0][:, 0, v], case.observation["proprioception"][:, 0]), 1) for v in range(3)
    ]
    torch.testing.assert_close(features, torch.cat(rows, dim=1))


def resnet_state(prefix: str) -> dict[str, Tensor]:
    import timm

    state = timm.create_model("resnet50", num_classes=0).state_dict()
    return {prefix + key: value for key, value in state.items()}


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape) / (max(1, int(np.prod(shape[1:])))) ** 0.5


def spawnnet_state(version: str, width: int, kernel: int) -> dict[str, Tensor]:
    """Return a random `conv.*` state dict, with the original's names and shapes."""
    state = {"conv.stem.weight": draw(64, 4, 4, 4), "conv.stem.bias": draw(64)}
    first = {"default": 0, "last_two": 1, "last_only": 2}[version]
    for i in range(3):
        total = 64 + (width if i >= first else 0)
        state |= {f"conv.feat_convs.{i}.0.weight": draw(64, 64, 3, 3)}
        state |= {f"conv.feat_convs.{i}.0.bias": draw(64)}
        for block, layer in ((1, 1), (1, 3), (2, 1), (2, 3)):
            name = f"conv.resnet{block}.{i}.{layer}"
            state |= {f"{name}.weight": draw(total, total, 3, 3), f"{name}.bias": draw(total)}
        if i >= first:
            name = f"conv.adapters.{i - first}.0"
            channels = (512, 1024, 2048)[i]
            state |= {f"{name}.weight": draw(width, channels, kernel, kernel)}
            state |= {f"{name}.bias": draw(width)}
        if first <= i < 2:
            name = f"conv.linears.{i - first}"
            state |= {f"{name}.weight": draw(64, total), f"{name}.bias": draw(64)}
    return state


def spawnnet_block(version: str, **options: Any) -> dict[str, Any]:
    block = {
        "in_channels": 4,
        "shape": [224, 224],
        "version": version,
        "pretrained_feature_dim": 24,
        "out_shape": "(64 + 24) * 2 * 1 * 7 * 7 + 6",
        "conv_size": 1,
        "channel_mask": "default",
        "use_dense": True,
    }
    top = {key: options.pop(key) for key in ("freeze_vit_to_random",) if key in options}
    return {
        "name": "SpawnNet",
        "model_type": "r3m",
        "obs_shapes": {"rgb": [3, 224, 224], "depth": [1, 224, 224], "state": [3]},
        "num_frames": 2,
        "pretrained_feat_info": {"layer_2": 0, "layer_3": 1, "layer_4": 2},
        "conv_cfg": {**block, **options},
        **top,
    }


def literal(
    config: dict[str, Any], state: dict[str, Tensor], pixels: Tensor, maps: list[Tensor]
) -> Tensor:
    """Compute the paper's block from the formulas, on the original's names; `(n, 7 * 7 * C)`."""
    block = config["conv_cfg"]
    first = {"default": 0, "last_two": 1, "last_only": 2}[block["version"]]
    weights = lambda name: (state[f"conv.{name}.weight"], state[f"conv.{name}.bias"])  # noqa: E731
    x = conv2d(pixels, *weights("stem"), stride=4)
    for i in range(3):
        x = conv2d(x, *weights(f"feat_convs.{i}.0"), padding=1)
        x = nn.functional.max_pool2d(x, 3, stride=2, padding=1)
        if i >= first:
            kernel = state[f"conv.adapters.{i - first}.0.weight"].shape[-1]
            adapted = conv2d(maps[i], *weights(f"adapters.{i - first}.0"), stride=kernel)
            size = (28 // 2**i,) * 2
            adapted = nn.functional.interpolate(relu(adapted), size, mode="bilinear")
            x = torch.cat((x, adapted), dim=1)
        for name in (f"resnet1.{i}", f"resnet2.{i}"):
            inner = conv2d(relu(x), *weights(f"{name}.1"), padding=1)
            x = x + conv2d(relu(inner), *weights(f"{name}.3"), padding=1)
        if first <= i < 2:
            weight, bias = weights(f"linears.{i - first}")
            x = (x.permute(0, 2, 3, 1) @ weight.T + bias).permute(0, 3, 1, 2)
    return x.permute(0, 2, 3, 1).flatten(1)


@pytest.mark.parametrize(
    ("version", "kernel", "options"),
    [
        ("default", 1, {}),
        ("last_two", 1, {}),
        ("last_only", 1, {"channel_mask": "no_rgbd"}),
        ("last_only", 7, {"conv_size": -1}),
        ("default", 2, {"conv_size": 2, "channel_mask": "rgb_only"}),
        ("default", 1, {"channel_mask": "depth_only", "use_dense": False}),
        ("last_two", 1, {"freeze_vit_to_random": True}),
    ],
)
@torch.no_grad()
def test_every_option_follows_the_formulas(
    observe: Callable[..., dict[str, Tensor]], version: str, kernel: int, options: dict[str, Any]
) -> None:
    config = spawnnet_block(version, **options)
    state = spawnnet_state(version, 24, kernel)
    state |= resnet_state("vit.module.convnet.")
    observation = observe(
        batch=1, num_frames=2, num_views=1, image_size=(224, 224), proprioception_dim=3
    )
    encoder = encoder_from_original(config, state)
    features = encoder(observation).features

    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    std = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    rgb = (observation["rgb"].flatten(0, 2) / 255 - mean) / std
    maps = (
        encoder.backbone.network.forward_intermediates(rgb, [2, 3, 4], intermediates_only=True)
        if encoder.backbone
        else [torch.zeros(2, c, n, n) for c, n in ((512, 28), (1024, 14), (2048, 7))]
    )
    if options.get("use_dense") is False:  # the first cell, everywhere
        maps = [m[:, :, :1, :1].expand_as(m) for m in maps]
    if encoder.backbone is not None:
        maps = [m / m.norm(dim=1, keepdim=True) for m in maps]
    depth = observation["depth"].flatten(0, 2).clamp(0, 2)
    mask = options.get("channel_mask", "default")
    pixels = torch.cat(
        (
            rgb if mask in ("default", "rgb_only") else torch.zeros_like(rgb),
            depth if mask in ("default", "depth_only") else torch.zeros_like(depth),
        ),
        dim=1,
    )
    images = literal(config, state, pixels, maps).reshape(2, -1)
    expected = torch.cat((images, observation["proprioception"][0]), dim=1).flatten()
    torch.testing.assert_close(features[0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("use_depth", [True, False])
@torch.no_grad()
def test_small_impala_convolves_frames_and_views_together(
    observe: Callable[..., dict[str, Tensor]], use_depth: bool
) -> None:
    config = {
        "name": "IMPALA", "num_frames": 2, "num_views": 2, "large": False, "larger": False,
        "out_shape": 384, "use_depth": use_depth, "in_channels": 16,
        "obs_shapes": {"rgb": [3, 64, 64], "depth": [1, 64, 64], "state": [3]},
    }  # fmt: skip
    shapes = spawnnet_state("default", 0, 1)
    state = {
        key.removeprefix("conv."): value
        for key, value in shapes.items()
        if not re.search("adapters|linears", key)
    }
    state["stem.weight"] = draw(64, 16, 4, 4)
    state |= {"fc.weight": draw(384, 64 * 2 * 2), "fc.bias": draw(384)}
    observation = observe(
        batch=3, num_frames=2, num_views=2, image_size=(64, 64), proprioception_dim=3
    )
    features = encoder_from_original(config, state)(observation).features

    depth = observation["depth"] * use_depth
    x = torch.cat((observation["rgb"].flatten(1, 3) / 255, depth.flatten(1, 3)), dim=1)
    x = conv2d(x, state["stem.weight"], state["stem.bias"], stride=4)
    for i in range(3):
        weights = lambda name: (state[f"{name}.weight"], state[f"{name}.bias"])  # noqa: E731
        x = conv2d(x, *weights(f"feat_convs.{i}.0"), padding=1)
        x = nn.functional.max_pool2d(x, 3, stride=2, padding=1)
        for name in (f"resnet1.{i}", f"resnet2.{i}"):
            inner = conv2d(relu(x), *weights(f"{name}.1"), padding=1)
            x = x + conv2d(relu(inner), *weights(f"{name}.3"), padding=1)
    x = relu(relu(x).flatten(1) @ state["fc.weight"].T + state["fc.bias"])
    expected = torch.cat((x, observation["proprioception"].flatten(1)), dim=1)
    torch.testing.assert_close(features, expected, rtol=1e-4, atol=1e-4)


def vit_state(prefix: str, model: str, **options: int) -> dict[str, Tensor]:
    import timm

    state = timm.create_model(model, num_classes=0, **options).state_dict()
    return {prefix + key: value for key, value in state.items()}


@pytest.mark.parametrize(("layer", "stride"), [(11, 16), (2, 8)])
@torch.no_grad()
def test_mvp_baseline_takes_tokens_half_normalised(layer: int, stride: int) -> None:
    import timm

    config = {
        "name": "ViTDescriptor", "num_frames": 1, "out_shape": "(3, 384 + 49)",
        "obs_shapes": {"rgb": [3, 224, 224], "state": [49]},
        "vit_cfg": {
            "model_type": "mvp_vits-mae-hoi", "stride": stride, "layer": layer,
            "freeze_pretrained": True, "downsample": False, "patch_size": 16,
        },
    }  # fmt: skip
    state = vit_state("vit.", "vit_small_patch16_224", num_heads=12)
    encoder = encoder_from_original(config, state)
    assert isinstance(encoder, FrozenViT)
    assert encoder.num_views == 3
    rgb = torch.randint(0, 256, (1, 3, 224, 224), dtype=torch.uint8)
    class_token, _ = encoder.descriptors(rgb)

    network = timm.create_model("vit_small_patch16_224", num_classes=0, num_heads=12).eval()
    network.load_state_dict({key.removeprefix("vit."): value for key, value in state.items()})
    x = network.patch_embed((rgb / 255 - 0.5) / 0.5)
    positions = network.pos_embed
    if stride != 16:
        n = (224 - 16) // stride + 1
        weight, bias = network.patch_embed.proj.weight, network.patch_embed.proj.bias
        x = conv2d((rgb / 255 - 0.5) / 0.5, weight, bias, stride=stride).flatten(2).mT
        cells = positions[:, 1:].mT.reshape(1, -1, 14, 14)
        scale = ((n + 0.1) / 14, (n + 0.1) / 14)
        cells = nn.functional.interpolate(cells, scale_factor=scale, mode="bicubic")
        positions = torch.cat((positions[:, :1], cells.flatten(2).mT), dim=1)
    x = torch.cat((network.cls_token, x), dim=1) + positions
    for block in network.blocks[: layer + 1]:
        x = block(x)
    expected = x[:, 0] / x[:, 0].norm(dim=1)
    torch.testing.assert_close(class_token, expected, rtol=1e-3, atol=1e-5)


def test_dinov2_positions_are_interpolated_as_its_hub_does() -> None:
    config = {
        "name": "ViTDescriptor", "num_frames": 1, "out_shape": "(3, 384 + 7)",
        "obs_shapes": {"rgb": [3, 224, 224], "state": [7]},
        "vit_cfg": {
            "model_type": "dinov2_vits14", "stride": 14, "layer": 0,
            "freeze_pretrained": True, "downsample": False,
        },
    }  # fmt: skip
    state = vit_state("vit.", "vit_small_patch14_dinov2")
    encoder = encoder_from_original(config, {**state, "vit.mask_token": torch.zeros(1, 384)})
    assert encoder.num_views == 2
    assert encoder.backbone is not None
    cells = state["vit.pos_embed"][:, 1:].mT.reshape(1, 384, 37, 37)
    expected = nn.functional.interpolate(cells, scale_factor=((16 + 0.1) / 37,) * 2, mode="bicubic")
    found = encoder.backbone.network.pos_embed[:, 1:].mT.reshape(1, 384, 16, 16)
    torch.testing.assert_close(found.detach(), expected)


@pytest.mark.parametrize(
    ("expression", "value"), [("(64 + 64) * 1 * 3 * 7 * 7 + 49", 18865), (384, 384)]
)
def test_arithmetic_knows_sums_and_products(expression: str | int, value: int) -> None:
    assert arithmetic(expression) == value


@pytest.mark.parametrize("expression", ["__import__('os')", "2 ** 9", "1 - 1", "x", "'a' * 3"])
def test_arithmetic_knows_nothing_else(expression: str) -> None:
    with pytest.raises(ValueError, match="out_shape: expected sums"):
        arithmetic(expression)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "ResNet"}, "name: expected one of"),
        ({"model_type": "clip"}, "model_type: the original knows no `clip`"),
        ({"pretrained_feat_info": {"key_5": 0}}, "pretrained_feat_info: `key_5` never worked"),
    ],
)
def test_foreign_blocks_are_named(change: dict[str, Any], message: str) -> None:
    state = spawnnet_state("default", 24, 1)
    with pytest.raises(ValueError, match=message):
        encoder_from_original({**spawnnet_block("default"), **change}, state)


def test_state_of_another_encoder_is_named() -> None:
    with pytest.raises(ValueError, match="no key starts with `vit"):
        encoder_from_original(spawnnet_block("default"), spawnnet_state("default", 24, 1))


def test_unknown_number_of_views_has_to_be_given() -> None:
    config = {
        "name": "R3MEncoder", "num_frames": 1, "model_type": "resnet50",
        "freeze_pretrained": True, "obs_shapes": {"rgb": [3, 224, 224], "state": [4]},
    }  # fmt: skip
    state = resnet_state("model.module.convnet.")
    with pytest.raises(ValueError, match="num_views: the encoder block does not say it"):
        encoder_from_original(config, state)
