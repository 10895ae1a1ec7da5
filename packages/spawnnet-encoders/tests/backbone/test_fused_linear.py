import pytest
import timm
import torch
from torch import nn

from spawnnet_encoders import BackboneConfig
from spawnnet_encoders.backbone.backbone import Backbone
from spawnnet_encoders.backbone.fused_linear import FusedLinear, fuse_linear_layers


@pytest.mark.parametrize("gelu", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_fused_equals_the_two_operators(gelu: bool, bias: bool) -> None:
    linear, x = nn.Linear(5, 7, bias=bias), torch.randn(2, 3, 5)
    expected = nn.functional.gelu(linear(x)) if gelu else linear(x)
    fused = FusedLinear(linear, gelu=gelu)
    torch.testing.assert_close(fused(x), expected)
    with torch.no_grad():
        torch.testing.assert_close(fused(x), expected)
        assert fused(x[:0]).shape == (0, 3, 7)


@pytest.mark.parametrize(
    "model", ["vit_tiny_patch16_224", "eva02_tiny_patch14_224", "mixer_s16_224"]
)
def test_a_whole_network_computes_the_same(model: str) -> None:
    network = timm.create_model(model, num_classes=0).eval()
    images, names = torch.randn(2, 3, 224, 224), list(network.state_dict())
    with torch.no_grad():
        expected = network(images)
        fuse_linear_layers(network)
        torch.testing.assert_close(network(images), expected, rtol=1e-4, atol=1e-5)
    assert list(network.state_dict()) == names
    assert not any(type(module) is nn.Linear for module in network.modules())


def test_weights_can_change_and_move_after_fusing() -> None:
    fused, other, x = FusedLinear(nn.Linear(5, 7)), nn.Linear(5, 7), torch.randn(2, 5)
    with torch.no_grad():
        fused(x)
        fused.load_state_dict(other.state_dict())
        torch.testing.assert_close(fused(x), other(x))
        fused.weight.data.mul_(2)
        torch.testing.assert_close(fused(x), nn.functional.linear(x, 2 * other.weight, other.bias))
        fused.double().float().load_state_dict(other.state_dict(), assign=True)
        torch.testing.assert_close(fused(x), other(x))
        torch.testing.assert_close(fused.double()(x.double()), other.double()(x.double()))


def test_a_backbone_in_training_is_left_alone() -> None:
    backbone = Backbone(BackboneConfig("test_vit", "random", frozen=False), (64, 96))
    assert not any(isinstance(module, FusedLinear) for module in backbone.modules())
