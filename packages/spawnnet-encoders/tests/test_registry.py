import dataclasses
from typing import Any

import pytest

from spawnnet_encoders import check_encoder, create_encoder, encoder_config, list_encoders

SHAPE: dict[str, Any] = {"num_views": 2, "image_size": (96, 128)}


def test_names_are_sorted() -> None:
    assert list_encoders() == ("frozen_vit", "impala", "mvp", "r3m", "spawnnet")


@pytest.mark.parametrize("name", list_encoders())
def test_configs_are_frozen_and_cite_their_source(name: str) -> None:
    config = encoder_config(name)
    assert dataclasses.is_dataclass(config)
    assert config.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "section" in str(config.__doc__)
    assert config.__pydantic_config__ == {"extra": "forbid"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", list_encoders())
def test_defaults_pass_the_check_without_weights(name: str) -> None:
    check_encoder(name, num_views=3, image_size=(224, 224), proprioception_dim=49)


def test_mappings_and_dataclasses_build_the_same() -> None:
    config = encoder_config("spawnnet")
    backbone = dataclasses.replace(config().backbone, model="test_vit", weights="random")
    first = create_encoder("spawnnet", **SHAPE, backbone=backbone)
    second = create_encoder(
        "spawnnet", **SHAPE, backbone={"model": "test_vit", "weights": "random"}
    )
    assert str(first) == str(second)


@pytest.mark.parametrize("function", [check_encoder, create_encoder])
@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("spawnet", {}, "name: there is no encoder `spawnet`, did you mean `spawnnet`"),
        ("spawnnet", {"widht": 1}, "widht: unknown option, did you mean `width`"),
        (
            "spawnnet",
            {"backbone": {"model": "vit_tiny_patch16_224", "layers": [5, 8, 15]}},
            r"backbone.layers\[2\]: block 15 does not exist, "
            r"`vit_tiny_patch16_224` has blocks 0 to 11.",
        ),
        (
            "spawnnet",
            {"backbone": {"model": "vit_tiny_patch16_24"}},
            "backbone.model: timm has no `vit_tiny_patch16_24`, "
            "did you mean `vit_tiny_patch16_224`",
        ),
        (
            "spawnnet",
            {"backbone": {"model": "dino_vits9"}},
            "backbone.model: timm has no `dino_vits9`, did you mean `dino_vits8`",
        ),
        (
            "spawnnet",
            {"backbone": {"model": "vit_small_patch8_224.dinno"}},
            "backbone.model: Invalid pretrained tag .* timm has .*vit_small_patch8_224.dino",
        ),
        ("spawnnet", {"backbone": {"modell": "x"}}, "backbone.modell: unknown option, did you"),
        ("spawnnet", {"backbone": {"layers": []}}, "backbone.layers: at least one is needed"),
        (
            "spawnnet",
            {"image_size": (100, 96), "backbone": {"model": "vit_tiny_patch16_224"}},
            "image_size: 100x96 is not a multiple of the patch size 16",
        ),
        (
            "spawnnet",
            {"image_size": (96, 112), "backbone": {"model": "resnet18"}},
            "image_size: 96x112 is not a multiple of the stride 32 of `resnet18`",
        ),
        ("r3m", {"backbone": {"stride": 4}}, "backbone.stride: `r3m_resnet50` has no patches"),
        ("mvp", {"backbone": {"stride": 5}}, "backbone.stride: must divide the patch size 16"),
        ("mvp", {"backbone": {"layers": [1, 2]}}, "backbone.layers: expected one layer"),
        ("impala", {"num_views": 0}, "num_views: must be at least 1, got 0"),
        ("impala", {"image_size": (0, 4)}, "image_size: expected"),
    ],
)
def test_wrong_configurations_are_named_by_their_path(
    function: Any, name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=rf"^{message}"):
        function(name, **{**SHAPE, **options})


@pytest.mark.parametrize(("name", "model"), [("r3m", "resnet50"), ("mvp", "vit_base_patch16_224")])
def test_one_option_of_the_backbone_keeps_the_others(name: str, model: str) -> None:
    encoder = create_encoder(name, **SHAPE, backbone={"weights": "random"})
    assert encoder.backbone_fingerprint()["model"].startswith(model)


@pytest.mark.parametrize("image_size", [(64, 96), [64, 96]])
def test_image_sizes_from_yaml_are_accepted(image_size: Any) -> None:
    check_encoder("impala", num_views=1, image_size=image_size)
