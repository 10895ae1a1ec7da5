from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from spawnnet_encoders import Encoder, FrozenViT

Build = Callable[..., Encoder]
Observe = Callable[..., dict[str, Tensor]]


def test_output_is_token_then_proprioception_for_every_image(
    build: Build, observe: Observe
) -> None:
    encoder, observation = build("frozen_vit"), observe()
    (kept,) = encoder.frozen_features(observation["rgb"])
    rows = [
        torch.cat((kept[:, f, v], observation["proprioception"][:, f]), dim=1)
        for f in range(3)
        for v in range(2)
    ]
    torch.testing.assert_close(encoder(observation).features, torch.cat(rows, dim=1))


@pytest.mark.parametrize("facet", ["key", "query", "value", "token"])
def test_descriptors_have_unit_length(build: Build, observe: Observe, facet: str) -> None:
    encoder = build("frozen_vit", facet=facet)
    assert isinstance(encoder, FrozenViT)
    class_token, dense = encoder.descriptors(observe()["rgb"][:, 0, 0])
    assert dense.shape == (4, 4, 6, 64)
    torch.testing.assert_close(class_token.norm(dim=-1), torch.ones(4))
    torch.testing.assert_close(dense.norm(dim=-1), torch.ones(4, 4, 6))


def test_facets_are_taken_from_three_quarters_and_tokens_from_the_end(build: Build) -> None:
    chosen = [build("frozen_vit", facet=facet).backbone for facet in ("key", "token")]
    assert [backbone.layout.layers for backbone in chosen if backbone] == [(4,), (5,)]


def test_no_block_after_the_chosen_one_is_kept(build: Build) -> None:
    encoder = build("frozen_vit", facet="key", backbone={"layers": [2]})
    assert encoder.backbone is not None
    assert len(encoder.backbone.network.blocks) == 3


@pytest.mark.parametrize(("pool", "cells"), [(1, 24), (2, 6)])
def test_dense_features_are_pooled_and_flattened(
    build: Build, observe: Observe, pool: int, cells: int
) -> None:
    encoder = build("frozen_vit", features="dense", pool=pool)
    assert encoder.output_dim == 3 * 2 * (64 * cells + 5)
    assert encoder(observe()).features.shape == (4, encoder.output_dim)


def test_a_network_without_class_token_gives_the_mean(build: Build, observe: Observe) -> None:
    encoder = build("frozen_vit", "test_resnet")
    assert encoder.backbone is not None
    rgb = observe(batch=1)["rgb"][:, :1, :1]
    images = (rgb.flatten(0, 2) / 255 - 0.5) / 0.5
    (feature_map,) = encoder.backbone.network.forward_intermediates(
        images, [4], intermediates_only=True
    )
    mean = feature_map.mean(dim=(2, 3))
    found, _ = encoder.descriptors(rgb.flatten(0, 2))  # type: ignore[operator]
    torch.testing.assert_close(found, mean / mean.norm(dim=1, keepdim=True))


def test_half_of_the_options_need_a_transformer(build: Build) -> None:
    with pytest.raises(ValueError, match="facet: `test_resnet` has no keys of its own"):
        build("frozen_vit", "test_resnet", facet="key")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"facet": "attention"}, "facet: must be one of"),
        ({"features": "all"}, "features: must be one of"),
        ({"pool": 0}, "pool: must be at least 1"),
        ({"pool": 5, "features": "dense"}, r"pool: the grid has only \(4, 6\) cells"),
        ({"backbone": {"layers": [1, 2]}}, r"backbone.layers: expected one layer, got \(1, 2\)"),
    ],
)
def test_wrong_options_are_named(build: Build, options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build("frozen_vit", **options)
