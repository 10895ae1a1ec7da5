import pytest
import torch

from spawnnet_encoders import NAMED_WEIGHTS, BackboneConfig
from spawnnet_encoders.backbone.backbone import Backbone
from spawnnet_encoders.backbone.layout import default_layers, look_up_backbone


@pytest.mark.parametrize(
    ("num_layers", "layers"),
    [(12, (5, 8, 11)), (24, (11, 17, 23)), (5, (2, 3, 4)), (4, (1, 2, 3)), (2, (0, 1))],
)
def test_default_layers_are_the_papers_in_proportion(
    num_layers: int, layers: tuple[int, ...]
) -> None:
    assert default_layers(num_layers) == layers


def test_convolutional_layers_have_their_own_grids() -> None:
    layout = look_up_backbone("resnet18", (64, 96))
    assert layout.kind == "stage"
    assert layout.layers == (2, 3, 4)
    assert layout.channels == (128, 256, 512)
    assert layout.grids == ((8, 12), (4, 6), (2, 3))


def test_blocks_share_one_grid() -> None:
    layout = look_up_backbone("vit_tiny_patch16_224", (64, 96), (3, 7))
    assert layout.grids == ((4, 6), (4, 6))
    assert layout.channels == (192, 192)
    assert layout.has_class_token


def test_stride_makes_patches_overlap() -> None:
    assert look_up_backbone("vit_tiny_patch16_224", (64, 96), (3,), 4).grids == ((13, 21),)


@pytest.mark.parametrize("name", NAMED_WEIGHTS)
def test_every_named_backbone_has_a_layout(name: str) -> None:
    named = NAMED_WEIGHTS[name]
    model = named.model if named.package else name
    layout = look_up_backbone(model, (224, 224), weights=name)
    assert layout.model == named.model
    assert len(layout.channels) == 3


def test_statistics_are_those_of_the_weights() -> None:
    assert look_up_backbone("dino_vits8", (224, 224)).mean == (0.485, 0.456, 0.406)
    assert look_up_backbone("vit_base_patch16_siglip_224", (224, 224)).std == (0.5, 0.5, 0.5)
    # timm's network of that size was trained with 0.5, MVP's with ImageNet's.
    assert look_up_backbone("mvp_vits_hoi", (224, 224)).std == (0.229, 0.224, 0.225)


def test_stride_needs_learned_positions() -> None:
    with pytest.raises(ValueError, match="stride: `vit_small_patch16_dinov3` has no learned"):
        look_up_backbone("vit_small_patch16_dinov3", (64, 64), None, 8)


def test_a_model_that_takes_one_size_says_so() -> None:
    model = "efficientformer_l1"
    assert look_up_backbone(model, (224, 224)).grids == ((28, 28), (14, 14), (7, 7))
    sentence = f"image_size: `{model}` cannot take images of 224x256 .*; it was made for 224x224"
    with pytest.raises(ValueError, match=sentence):
        look_up_backbone(model, (224, 256))


@pytest.mark.parametrize(
    ("model", "grids"),
    [
        ("inception_v4", ((25, 29), (12, 14), (5, 6))),
        ("hiera_tiny_224", ((28, 32), (14, 16), (7, 8))),
    ],
)
def test_grids_are_what_the_network_gives(model: str, grids: tuple[tuple[int, int], ...]) -> None:
    backbone = Backbone(BackboneConfig(model, "random"), (224, 256))
    assert backbone.layout.grids == grids
    with torch.no_grad():
        found = [tokens.shape[1] for tokens, _ in backbone(torch.randn(1, 3, 224, 256))]
    assert found == [h * w for h, w in grids]


def test_the_largest_activation_is_that_of_any_layer_on_the_way() -> None:
    # The expansion of the second block of EfficientNet-Lite0: 96 channels at half the resolution.
    layout = look_up_backbone("tf_efficientnet_lite0", (64, 96), (4,))
    assert layout.largest_activation == 96 * 32 * 48
    # The hidden layer of an MLP: four times the width, for every token and the class token.
    assert look_up_backbone("vit_tiny_patch16_224", (64, 96)).largest_activation == 4 * 192 * 25
    strided = look_up_backbone("vit_tiny_patch16_224", (64, 96), (3,), 4)
    assert strided.largest_activation == 4 * 192 * (13 * 21 + 1)
