import copy
import io

import pytest
import torch
from torch import Tensor, nn

from spawnnet_encoders import BackboneConfig
from spawnnet_encoders.backbone.backbone import Backbone
from spawnnet_encoders.backbone.inference import (
    FusedConvolution,
    InferenceCopy,
    fuse_convolutions,
)

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="this build of PyTorch has no oneDNN"
)


def with_statistics(network: nn.Module) -> nn.Module:
    """Let every BatchNorm of a random network do something."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low, high in (
                (module.running_mean, -0.2, 0.2),
                (module.running_var, 0.5, 2.0),
                (module.weight, 0.7, 1.3),
                (module.bias, -0.2, 0.2),
            ):
                tensor.data.uniform_(low, high)  # type: ignore[union-attr]
    return network


def build(model: str = "test_efficientnet", frozen: bool = True) -> Backbone:
    backbone = Backbone(BackboneConfig(model, "random", frozen=frozen), (64, 96))
    with_statistics(backbone.network)
    return backbone.train(not frozen)


def features(backbone: Backbone, images: Tensor) -> list[Tensor]:
    return [tokens for tokens, _ in backbone(images)]


def fast(backbone: Backbone, images: Tensor) -> list[Tensor]:
    with torch.no_grad():
        return features(backbone, images)


def num_fused(network: nn.Module) -> int:
    return sum(isinstance(module, FusedConvolution) for module in network.modules())


@pytest.mark.parametrize(
    "model",
    [
        "tf_efficientnet_lite0",  # TensorFlow's padding, ReLU6
        "efficientnet_b0",  # SiLU, squeeze and excitation
        "resnet18",  # activations apart from BatchNorm
        "regnety_002",
        "vgg11_bn",
        "densenet121",  # BatchNorm before convolutions too
        "convnext_atto",  # no BatchNorm
    ],
)
def test_features_are_those_of_the_plain_network(model: str) -> None:
    backbone, images = build(model), torch.randn(3, 3, 64, 96)
    plain = features(backbone, images)  # with gradients enabled nothing is fused
    found = fast(backbone, images)
    for one, expected in zip(found, plain, strict=True):
        assert one.shape == expected.shape
        error = (one - expected).abs().max() / expected.abs().max()
        assert error < 2e-5
    with torch.no_grad():
        network = backbone._inference.of(backbone.network, images, backbone._layers)
    assert (num_fused(network) > 0) == (model != "convnext_atto")


@pytest.mark.parametrize("activation", [nn.Identity, nn.ReLU, nn.ReLU6, nn.SiLU, nn.Hardswish])
@pytest.mark.parametrize("groups", [1, 4])
def test_one_call_equals_three_layers(activation: type[nn.Module], groups: int) -> None:
    conv = nn.Conv2d(4, 8, (3, 5), stride=(2, 1), padding=(1, 2), groups=groups, bias=groups == 1)
    norm, act = nn.BatchNorm2d(8), activation()
    layers = with_statistics(nn.Sequential(conv, norm, act)).eval()
    fused = FusedConvolution(conv, norm, act)
    with torch.no_grad():
        for count in (3, 1, 5):  # weights are packed for the first
            x = 4 * torch.randn(count, 4, 9, 14)
            torch.testing.assert_close(fused(x), layers(x))


def test_checkpoints_and_fingerprints_do_not_notice() -> None:
    backbone, images = build(), torch.randn(2, 3, 64, 96)
    before, keys = backbone.fingerprint(), list(backbone.state_dict())
    expected = fast(backbone, images)
    assert backbone.fingerprint() == before
    assert list(backbone.state_dict()) == keys
    for other in (copy.deepcopy(backbone), pickled(backbone)):
        assert all(map(torch.equal, fast(other, images), expected))


def pickled(backbone: Backbone) -> Backbone:
    file = io.BytesIO()
    torch.save(backbone, file)
    file.seek(0)
    loaded: Backbone = torch.load(file, weights_only=False)
    return loaded


def test_changed_weights_are_seen() -> None:
    backbone, other, images = build(), build(), torch.randn(2, 3, 64, 96)
    fast(backbone, images)
    backbone.load_state_dict(other.state_dict())
    assert all(map(torch.equal, fast(backbone, images), fast(other, images)))
    with torch.no_grad():
        backbone.network.conv_stem.weight.mul_(2)
    torch.testing.assert_close(fast(backbone, images), features(backbone, images))


def test_a_deep_copy_has_weights_that_were_written_through_data() -> None:
    backbone, images = build(), torch.randn(2, 3, 64, 96)
    before = fast(backbone, images)
    with_statistics(backbone.network)  # through `.data`, which no counter sees
    backbone = copy.deepcopy(backbone)
    for found, old, expected in zip(
        fast(backbone, images), before, features(backbone, images), strict=True
    ):
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
        assert not torch.allclose(found, old, atol=1e-2)


def test_a_backbone_in_training_is_left_alone() -> None:
    backbone, images = build("test_resnet", frozen=False), torch.randn(2, 3, 64, 96)
    backbone.eval()
    assert all(map(torch.equal, fast(backbone, images), features(backbone, images)))


class Branches(nn.Module):
    """A network in which the next module is not the one that follows."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.conv(x) + self.norm(x)
        return result


def test_a_network_that_cannot_be_fused_stays_as_it_is() -> None:
    network, images = with_statistics(Branches()).eval(), torch.randn(2, 3, 6, 8)
    assert num_fused(fuse_convolutions(network)) == 1
    with torch.no_grad():
        chosen = InferenceCopy().of(network, images, lambda network, images: [network(images)])
    assert chosen is network


def test_only_float32_without_gradient_or_autocast_is_fused() -> None:
    network, images = build().network, torch.randn(2, 3, 64, 96)
    run = lambda network, images: [network(images)]  # noqa: E731
    fused = InferenceCopy()
    assert fused.of(network, images, run) is network
    with torch.no_grad():
        assert fused.of(network, images, run) is not network
        assert fused.of(network, images.double(), run) is network
        assert fused.of(network, images[:0], run) is network
        with torch.autocast("cpu", torch.bfloat16):
            assert fused.of(network, images, run) is network
