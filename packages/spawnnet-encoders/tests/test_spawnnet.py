from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from spawnnet_encoders import ConfigurationError, Encoder, SpawnNet

Build = Callable[..., Encoder]
Observe = Callable[..., dict[str, Tensor]]


@pytest.mark.parametrize(
    "backbone",
    [
        "vit_tiny_patch16_224",
        "vit_small_patch16_dinov3",  # rotary positions, register tokens
        "vit_base_patch16_siglip_224",  # no class token
        "test_vit4",
        "test_convnext",
        "test_efficientnet",
        "swin_tiny_patch4_window7_224",
    ],
)
def test_any_backbone_works(build: Build, observe: Observe, backbone: str) -> None:
    sizes: dict[str, Any] = {"image_size": (224, 224)} if "swin" in backbone else {}
    encoder = build("spawnnet", backbone, **sizes)
    assert isinstance(encoder, SpawnNet)
    observation = observe(batch=1, **sizes)
    kept = encoder.frozen_features(observation["rgb"])
    for feature, channels, grid in zip(
        kept, encoder.layout.channels, encoder.layout.grids, strict=True
    ):
        assert feature.shape == (1, 3, 2, grid[0] * grid[1], channels)
        torch.testing.assert_close(feature.norm(dim=-1), torch.ones(feature.shape[:-1]))
    assert encoder(observation, kept).features.shape == (1, encoder.output_dim)


@pytest.mark.parametrize(
    ("layers", "cells"), [([5], 8 * 12), ([1, 4], 4 * 6), ([0, 2, 3, 5], 1 * 2)]
)
def test_there_is_one_stage_per_layer(
    build: Build, observe: Observe, layers: list[int], cells: int
) -> None:
    encoder = build("spawnnet", backbone={"layers": layers})
    output = encoder.eval()(observe())
    assert encoder.output_dim == 3 * (2 * 16 * cells + 5)
    assert output.attention.shape == (4, 3, 2, len(layers), 8, 12)


def test_layers_may_come_in_any_order(build: Build, observe: Observe) -> None:
    rgb = observe()["rgb"]
    torch.manual_seed(1)
    forward = build("spawnnet", backbone={"layers": [1, 3, 5]}).frozen_features(rgb)
    torch.manual_seed(1)
    shuffled = build("spawnnet", backbone={"layers": [5, 1, 3]}).frozen_features(rgb)
    for i, j in ((0, 1), (1, 2), (2, 0)):
        torch.testing.assert_close(forward[i], shuffled[j])


@pytest.mark.parametrize(
    ("version", "adapters", "first"), [("default", 3, 0), ("last_two", 2, 1), ("last_only", 1, 2)]
)
def test_version_decides_which_layers_are_fused(
    build: Build, observe: Observe, version: str, adapters: int, first: int
) -> None:
    torch.manual_seed(1)
    every = build("spawnnet")
    torch.manual_seed(1)
    encoder = build("spawnnet", version=version)
    rgb = observe()["rgb"]
    kept = encoder.frozen_features(rgb)
    assert len(kept) == adapters
    torch.testing.assert_close(kept, every.frozen_features(rgb)[first:])
    assert encoder.eval()(observe()).attention.shape[3] == adapters


def test_attention_maps_sum_to_one(build: Build, observe: Observe) -> None:
    attention = build("spawnnet").eval()(observe()).attention
    torch.testing.assert_close(attention.sum(dim=(-2, -1)), torch.ones(4, 3, 2, 3))


def test_attention_is_not_computed_while_training_unless_asked(
    build: Build, observe: Observe
) -> None:
    encoder, observation = build("spawnnet"), observe()
    assert encoder(observation).attention is None
    assert encoder(observation, attention=True).attention.shape == (4, 3, 2, 3, 8, 12)
    assert encoder.eval()(observation, attention=False).attention is None


@pytest.mark.parametrize(
    ("channels", "unseen"), [("rgb", ["depth"]), ("depth", []), ("none", ["depth"])]
)
def test_blanked_channels_are_not_seen(
    build: Build, observe: Observe, channels: str, unseen: list[str]
) -> None:
    encoder = build("spawnnet", channels=channels).eval()
    observation = observe()
    kept = encoder.frozen_features(observation["rgb"])
    expected = encoder(observation, kept).features
    changed = {key: value for key, value in observation.items() if key not in unseen}
    if channels != "rgb":
        changed["rgb"] = 255 - changed["rgb"]
    torch.testing.assert_close(encoder(changed, kept).features, expected)


def test_depth_is_seen_where_observations_have_it_unless_asked_otherwise(build: Build) -> None:
    assert build("spawnnet").config.channels == "rgbd"
    assert build("spawnnet", has_depth=False).config.channels == "rgb"
    assert build("spawnnet", has_depth=False, channels="none").config.channels == "none"


@pytest.mark.parametrize("channels", ["rgbd", "depth"])
def test_asking_for_depth_where_there_is_none_is_an_error(build: Build, channels: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^channels: `{channels}` needs depth and no"):
        build("spawnnet", has_depth=False, channels=channels)


def test_depth_is_clipped_to_two_metres(build: Build, observe: Observe) -> None:
    encoder, observation = build("spawnnet").eval(), observe()
    clipped = {**observation, "depth": observation["depth"].clamp(max=2)}
    assert (observation["depth"] > 2).any()
    assert torch.equal(encoder(observation).features, encoder(clipped).features)


def test_half_precision_depth_is_accepted(build: Build, observe: Observe) -> None:
    encoder, observation = build("spawnnet").eval(), observe()
    halved = {**observation, "depth": observation["depth"].half()}
    torch.testing.assert_close(
        encoder(halved).features, encoder(observation).features, rtol=1e-2, atol=1e-2
    )


def test_features_switched_off_build_no_backbone(build: Build, observe: Observe) -> None:
    encoder, observation = build("spawnnet", pretrained_features=False), observe()
    assert encoder.backbone is None
    assert encoder.frozen_features(observation["rgb"]) == ()
    output = encoder(observation, attention=True)
    assert output.features.shape == (4, encoder.output_dim)
    torch.testing.assert_close(output.attention, torch.full((4, 3, 2, 3, 8, 12), 1 / 96))


def test_layers_of_features_that_are_missing_are_no_zeros(build: Build, observe: Observe) -> None:
    encoder, observation = build("spawnnet"), observe()
    kept = encoder.frozen_features(observation["rgb"])
    for wrong in (kept[1:], ()):
        with pytest.raises(ValueError, match=f"frozen: expected 3 layers .*, got {len(wrong)}"):
            encoder(observation, wrong)


def test_feature_dropout_changes_no_weight_and_nothing_after_training(
    build: Build, observe: Observe
) -> None:
    torch.manual_seed(3)
    plain = build("spawnnet")
    torch.manual_seed(3)
    dropping = build("spawnnet", feature_dropout=0.5)
    assert all(map(torch.equal, plain.state_dict().values(), dropping.state_dict().values()))
    observation = observe()
    torch.testing.assert_close(plain.eval()(observation), dropping.eval()(observation))
    assert not torch.equal(dropping.train()(observation)[0], dropping(observation)[0])


def test_class_token_keeps_one_vector_per_layer(build: Build, observe: Observe) -> None:
    encoder, observation = build("spawnnet", features="class_token").eval(), observe()
    kept = encoder.frozen_features(observation["rgb"])
    assert [feature.shape for feature in kept] == [(4, 3, 2, 1, 64)] * 3
    attention = encoder(observation, kept).attention
    torch.testing.assert_close(attention, torch.full((4, 3, 2, 3, 8, 12), 1 / 96))


def test_fine_tuning_trains_the_backbone(build: Build, observe: Observe) -> None:
    encoder, observation = build("spawnnet", backbone={"frozen": False}), observe()
    assert encoder.frozen_features(observation["rgb"]) == ()
    assert encoder.backbone is not None
    assert encoder.backbone.network.training
    encoder(observation).features.square().mean().backward()
    assert all(parameter.grad is not None for parameter in encoder.trainable_parameters())
    assert any(key.startswith("backbone.") for key in encoder.trainable_state_dict())


@pytest.mark.parametrize("conv_size", [1, 2])
def test_stride_makes_a_finer_grid(build: Build, observe: Observe, conv_size: int) -> None:
    encoder = build("spawnnet", conv_size=conv_size, backbone={"stride": 8})
    kept = encoder.frozen_features(observe()["rgb"])
    assert kept[0].shape == (4, 3, 2, 7 * 11, 64)
    assert encoder(observe(), kept).features.shape == (4, encoder.output_dim)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width: must be at least 1, got 0"),
        ({"adapter_width": -1}, "adapter_width: must be at least 1, got -1"),
        ({"version": "first"}, "version: must be one of"),
        ({"channels": "bgr"}, "channels: must be one of"),
        ({"features": "cls"}, "features: must be one of"),
        ({"version": "last_two", "backbone": {"layers": [3]}}, "version: `last_two` needs"),
        ({"feature_dropout": 1.0}, "feature_dropout: must be at least 0 and below 1, got 1.0"),
        ({"conv_size": 5}, "conv_size: must be at most the smallest grid of the backbone, 4"),
    ],
)
def test_wrong_options_are_named(build: Build, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build("spawnnet", **options)
