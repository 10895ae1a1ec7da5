import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import Tensor

from spawnnet_encoders import (
    ConfigurationError,
    Encoder,
    EncoderOutput,
    ObservationShape,
    check_encoder,
    create_encoder,
    encoder_config,
    encoder_name,
    list_encoders,
    register_encoder,
    registry,
)

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
        ("impala", {"width": "wide"}, "width: expected int, got 'wide'"),
    ],
)
def test_wrong_configurations_are_named_by_their_path(
    function: Any, name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{message}") as caught:
        function(name, **{**SHAPE, **options})
    assert type(caught.value) is ConfigurationError
    assert str(caught.value) == f"{caught.value.field}: {caught.value.message}"


@pytest.mark.parametrize(("name", "model"), [("r3m", "resnet50"), ("mvp", "vit_base_patch16_224")])
def test_one_option_of_the_backbone_keeps_the_others(name: str, model: str) -> None:
    encoder = create_encoder(name, **SHAPE, backbone={"weights": "random"})
    assert encoder.backbone_fingerprint()["model"].startswith(model)


@pytest.mark.parametrize("image_size", [(64, 96), [64, 96]])
def test_image_sizes_from_yaml_are_accepted(image_size: Any) -> None:
    check_encoder("impala", num_views=1, image_size=image_size)


@dataclasses.dataclass(frozen=True)
class MeanColourConfig:
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise ConfigurationError("scale", f"must be positive, got {self.scale}.")


class MeanColour(Encoder):
    """The mean of each colour: an encoder from outside the package."""

    def __init__(self, config: MeanColourConfig, shape: ObservationShape) -> None:
        super().__init__(shape, backbone=None)
        self.scale = config.scale
        self.output_dim = shape.num_frames * shape.num_views * 3

    def encode(
        self, observation: Mapping[str, Tensor], frozen: tuple[Tensor, ...], *, attention: bool
    ) -> EncoderOutput:
        colours = self.scale * self.shape.rgb(observation).float().mean(dim=(-2, -1))
        return EncoderOutput(colours.flatten(1), None)


@pytest.fixture
def mean_colour(monkeypatch: pytest.MonkeyPatch) -> str:
    """Register an encoder, for one test."""
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))
    register_encoder("mean_colour", MeanColour, MeanColourConfig)
    return "mean_colour"


def test_an_encoder_from_outside_is_used_by_name(mean_colour: str) -> None:
    assert mean_colour in list_encoders()
    assert encoder_config(mean_colour) is MeanColourConfig
    check_encoder(mean_colour, **SHAPE)
    encoder = create_encoder(mean_colour, **SHAPE, scale=2)
    rgb = torch.randint(0, 256, (4, 1, 2, 3, 96, 128), dtype=torch.uint8)
    features = encoder({"rgb": rgb}).features
    assert features.shape == (4, encoder.output_dim)
    torch.testing.assert_close(features[3, 5], 2 * rgb[3, 0, 1, 2].float().mean())
    with pytest.raises(ConfigurationError, match=r"^scale: must be positive, got -1\.$"):
        check_encoder(mean_colour, **SHAPE, scale=-1)


def test_a_taken_name_is_refused(mean_colour: str) -> None:
    with pytest.raises(ValueError, match="encoder 'mean_colour' is already registered"):
        register_encoder(mean_colour, MeanColour, MeanColourConfig)
    with pytest.raises(ValueError, match="encoder 'spawnnet' is already registered"):
        register_encoder("spawnnet", MeanColour, MeanColourConfig)


def test_an_encoder_that_keeps_no_configuration_is_told_to(mean_colour: str) -> None:
    encoder = create_encoder(mean_colour, **SHAPE)
    with pytest.raises(ConfigurationError, match=r"^name: MeanColour has no `config`: set `self"):
        encoder_name(encoder)
    encoder.config = MeanColourConfig()
    assert encoder_name(encoder) == mean_colour
