from typing import Any

import pytest
import timm
import torch

from spawnnet_encoders import BackboneConfig, ConfigurationError
from spawnnet_encoders.backbone.backbone import Backbone
from spawnnet_encoders.configuration import build_config


def test_nothing_after_the_last_layer_is_kept() -> None:
    vit = Backbone(BackboneConfig("test_vit", "random", (1, 3)), (64, 96))
    resnet = Backbone(BackboneConfig("test_resnet", "random", (1, 2)), (64, 96))
    assert len(vit.network.blocks) == 4
    assert not list(resnet.network.layer3.parameters())


def test_tokens_are_outputs_of_whole_blocks_without_the_final_norm() -> None:
    name = "vit_tiny_patch16_224"
    network = timm.create_model(name, num_classes=0, img_size=(64, 96)).eval()
    config = BackboneConfig(name, layers=(2, 4))
    backbone = Backbone(config, (64, 96), state=network.state_dict())
    images = torch.randn(2, 3, 64, 96)
    x = torch.cat((network.cls_token.expand(2, -1, -1), network.patch_embed(images)), dim=1)
    x = x + network.pos_embed
    for i, block in enumerate(network.blocks):
        x = block(x)
        if i in (2, 4):
            tokens, class_token = backbone(images)[(2, 4).index(i)]
            torch.testing.assert_close(tokens, x[:, 1:])
            torch.testing.assert_close(class_token, x[:, 0])


@pytest.mark.parametrize(("model", "prefix"), [("vit_small_patch16_dinov3", 5), ("test_vit", 1)])
def test_registers_are_no_dense_features(model: str, prefix: int) -> None:
    backbone = Backbone(BackboneConfig(model, "random", (1,)), (64, 96))
    ((tokens, _),) = backbone(torch.randn(2, 3, 64, 96))
    assert backbone.network.num_prefix_tokens == prefix
    assert tokens.shape[1] == 4 * 6


def test_random_weights_follow_the_global_seed() -> None:
    config = BackboneConfig("test_resnet", "random")
    hashes = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        hashes.append(Backbone(config, (64, 96)).fingerprint()["sha256"])
    assert hashes[0] == hashes[1] != hashes[2]


def test_fewer_images_at_once_where_activations_are_large() -> None:
    images = torch.empty(1000, 0)
    small = Backbone(BackboneConfig("resnet18", "random", (1,)), (64, 96))
    large = Backbone(BackboneConfig("resnet18", "random", (1,)), (640, 960))
    # 20 MiB of the stem's 64 channels at half the resolution, in float32.
    assert small.images_at_once(images) == 20 * 2**20 // (4 * 64 * 32 * 48)
    assert large.images_at_once(images) == 1


@pytest.mark.parametrize("model", ["test_vit", "test_resnet"])
@pytest.mark.parametrize(("precision", "tolerance"), [("bf16", 2e-2), ("fp16", 3e-3)])
def test_lower_precision_gives_the_same_features_within_its_rounding(
    model: str, precision: Any, tolerance: float
) -> None:
    exact = Backbone(BackboneConfig(model, "random"), (64, 96))
    state = exact.network.state_dict()
    config = BackboneConfig(model, "random", precision=precision)
    rounded = Backbone(config, (64, 96))
    rounded.network.load_state_dict(state)
    images = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        pairs = list(zip(rounded(images), exact(images), strict=True))
    for (found, _), (expected, _) in pairs:
        assert found.dtype == torch.float32
        assert not torch.equal(found, expected)
        error = (found - expected).norm() / expected.norm()
        assert error < tolerance
    assert rounded.identity() == {**exact.identity(), "precision": precision}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"precision": "bf32"},
            r"precision: must be one of \('float32', 'bf16', 'fp16'\), got 'bf32'",
        ),
        ({"std": [0.2, 0.0, 0.2]}, r"std: must be positive, got \(0\.2, 0\.0, 0\.2\)"),
        ({"std": [0.2, float("nan"), 0.2]}, r"std: must be positive, got"),
        ({"mean": [0.5]}, r"mean: expected tuple\[float, float, float\] \| None, got \(0\.5,\)"),
        ({"mean": [0.5] * 4}, r"mean: expected tuple\[float, float, float\] \| None"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{message}"):
        build_config(BackboneConfig, options)
