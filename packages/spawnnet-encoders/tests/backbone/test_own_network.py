import copy
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn

from spawnnet_encoders import ConfigurationError, OwnBackboneConfig, check_encoder, create_encoder

SHAPE: dict[str, Any] = {"num_views": 2, "image_size": (64, 96)}
RGB = torch.randint(0, 256, (3, 1, 2, 3, 64, 96), dtype=torch.uint8)
FIXED = timm.create_model("test_vit", dynamic_img_size=False)
OBSERVATION = {"rgb": RGB, "depth": torch.rand(3, 1, 2, 1, 64, 96)}


class Pyramid(nn.Module):
    """Three maps, each half as high and wide as the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Conv2d(a, b, 2, 2), nn.BatchNorm2d(b)) for a, b in ((3, 5), (5, 7))
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        maps = []
        for layer in self.layers:
            images = layer(images)
            maps.append(images)
        return maps


class Intermediates(Pyramid):
    """The same with timm's method and no more of timm."""

    def forward_intermediates(
        self, images: Tensor, indices: Any = None, intermediates_only: bool = False
    ) -> list[Tensor]:
        assert intermediates_only
        maps = self(images)
        return maps if indices is None else [maps[index] for index in indices]


@pytest.mark.parametrize("name", ["spawnnet", "frozen_vit", "mvp", "r3m"])
@pytest.mark.parametrize("network", [Pyramid, Intermediates])
def test_every_encoder_takes_any_network_with_maps(name: str, network: Any) -> None:
    options = {"facet": "token"} if name == "frozen_vit" else {}
    encoder = create_encoder(name, **SHAPE, backbone=network(), **options).eval()
    frozen = encoder.frozen_features(RGB)
    assert encoder(OBSERVATION, frozen).features.shape == (3, encoder.output_dim)
    outline = encoder.frozen_outline()
    assert [part.shape[3:] for part in outline] == [part.shape[3:] for part in frozen]


@pytest.mark.parametrize("model", ["test_vit", "test_resnet"])
def test_a_network_of_timm_gives_what_its_name_gives(model: str) -> None:
    options: dict[str, Any] = {"img_size": (64, 96)} if model == "test_vit" else {}
    network = timm.create_model(model, **options)
    state = {"model": model, "weights": "random", "layers": [0, 2]}
    by_name = create_encoder("spawnnet", **SHAPE, backbone=state)
    assert by_name.backbone is not None
    known = network.state_dict()
    by_name.backbone.network.load_state_dict(
        {key: known[key] for key in by_name.backbone.network.state_dict()}
    )
    own = create_encoder("spawnnet", **SHAPE, backbone={"model": network, "layers": [0, 2]})
    assert own.backbone is not None
    assert own.backbone.layout.mean == by_name.backbone.layout.mean
    assert own.backbone.layout.has_class_token == by_name.backbone.layout.has_class_token
    torch.testing.assert_close(own.frozen_features(RGB), by_name.frozen_features(RGB))
    identities = own.backbone.identity(), by_name.backbone.identity()
    assert identities[0]["sha256"] == identities[1]["sha256"]


def test_keys_of_a_transformer_of_ones_own_can_be_read() -> None:
    network = timm.create_model("test_vit", img_size=(64, 96))
    encoder = create_encoder("frozen_vit", **SHAPE, backbone=network)
    assert encoder.frozen_features(RGB)[0].shape == (3, 1, 2, 64)


def test_the_callers_network_stays_as_it_is() -> None:
    network = timm.create_model("test_resnet").train()
    before = copy.deepcopy(network.state_dict())
    encoder = create_encoder("r3m", **SHAPE, backbone=network)
    encoder.frozen_features(RGB)
    assert network.training
    assert all(parameter.requires_grad for parameter in network.parameters())
    torch.testing.assert_close(network.state_dict(), before)


def test_statistics_and_training_are_options_beside_the_network() -> None:
    mean = (0.5, 0.4, 0.3)
    backbone = {"model": Pyramid(), "mean": list(mean), "frozen": False}
    encoder = create_encoder("spawnnet", **SHAPE, backbone=backbone)
    assert encoder.backbone is not None
    assert encoder.backbone.layout.mean == mean
    encoder(OBSERVATION).features.sum().backward()
    assert all(parameter.grad is not None for parameter in encoder.backbone.parameters())


def test_batch_norm_of_a_frozen_network_does_not_drift() -> None:
    encoder = create_encoder("spawnnet", **SHAPE, backbone=Pyramid()).train()
    assert encoder.backbone is not None
    before = copy.deepcopy(encoder.backbone.state_dict())
    encoder(OBSERVATION)
    torch.testing.assert_close(encoder.backbone.state_dict(), before)


def test_copies_of_an_encoder_bring_their_own_network() -> None:
    encoder = create_encoder("spawnnet", **SHAPE, backbone=Pyramid()).eval()
    copied = copy.deepcopy(encoder)
    torch.testing.assert_close(copied(OBSERVATION).features, encoder(OBSERVATION).features)
    assert copied.backbone is not encoder.backbone


class Classifier(Pyramid):
    def forward(self, images: Tensor) -> Any:
        return super().forward(images)[-1].mean(dim=(2, 3))


class Tokens(Pyramid):
    def forward(self, images: Tensor) -> list[Tensor]:
        return [part.flatten(2) for part in super().forward(images)]


@pytest.mark.parametrize(
    ("backbone", "message"),
    [
        (Classifier(), "backbone: `Classifier` gives no features .* it returns a Tensor and no li"),
        (Tokens(), r"backbone: `Tokens` should give maps \(n, D, h, w\), for one image it gave"),
        ({"model": Pyramid(), "layers": [0, 2]}, r"backbone.layers\[1\]: stage 2 does not exist"),
        ({"model": Pyramid(), "weights": "random"}, "backbone.weights: belongs to networks that"),
        ({"model": Pyramid(), "layer": [0]}, "backbone.layer: unknown option, did you mean"),
        ("resnet18", "backbone: expected options as a mapping, got 'resnet18'"),
        (FIXED, "backbone: `VisionTransformer` gives no features of images of 64x96"),
    ],
)
def test_what_does_not_fit_is_said(backbone: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check_encoder("spawnnet", **SHAPE, backbone=backbone)


def test_a_configuration_shows_and_compares_without_the_weights() -> None:
    network = Pyramid()
    config = OwnBackboneConfig(network=network, layers=(1,))
    assert "Conv2d" not in repr(config)
    assert config == OwnBackboneConfig(network=network, layers=(1,))
