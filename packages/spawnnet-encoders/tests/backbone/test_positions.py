import pytest
import timm
import torch
from torch import nn

from spawnnet_encoders.backbone.positions import change_grid, resample_like_dino


@pytest.mark.parametrize("original", [False, True])
def test_images_of_another_size_and_stride_pass(original: bool) -> None:
    network = timm.create_model("test_vit", num_classes=0)
    change_grid(network, (64, 96), 4, original=original)
    tokens = network.forward_features(torch.randn(2, 3, 64, 96))
    assert tokens.shape[1] == 1 + 13 * 21


def test_nothing_changes_for_the_native_grid() -> None:
    network = timm.create_model("test_vit", num_classes=0)
    before = network.pos_embed.clone()
    change_grid(network, (160, 160), None, original=True)
    assert torch.equal(network.pos_embed, before)


def test_dino_scales_by_the_grid_plus_a_tenth() -> None:
    positions = torch.randn(1, 1 + 5 * 7, 3)
    resampled = resample_like_dino(positions, (8, 6), (5, 7), 1)
    assert torch.equal(resampled[:, :1], positions[:, :1])
    cells = positions[:, 1:].reshape(1, 5, 7, 3).permute(0, 3, 1, 2)
    expected = nn.functional.interpolate(cells, scale_factor=(8.1 / 5, 6.1 / 7), mode="bicubic")
    torch.testing.assert_close(resampled[:, 1:], expected.permute(0, 2, 3, 1).reshape(1, 48, 3))


def test_smooth_positions_stay_where_they_are() -> None:
    ramp = torch.linspace(0, 1, 14)[:, None].expand(14, 10).reshape(1, 140, 1)
    finer = resample_like_dino(ramp, (28, 20), (14, 10), 0).reshape(28, 20)
    expected = torch.linspace(0, 1, 28)[:, None].expand(28, 20)
    torch.testing.assert_close(finer, expected, rtol=0, atol=0.05)
