import numpy as np
import pytest
import torch
from torch import Tensor

from spawnnet_data.batches.augmentation import Augmentation, AugmentationConfig

B, F, V, H, W = 5, 3, 2, 24, 36
GEOMETRY = AugmentationConfig(probability=1, shift=0.1, brightness=0)
SAMPLES = np.arange(B) + 40


def gradients() -> tuple[Tensor, Tensor]:
    """Return smooth rgb `(B, F, V, 3, H, W)` and depth that equals its first channel."""
    rows = torch.arange(H)[:, None] * 4 + torch.arange(W) * 3
    rgb = rows.to(torch.uint8).expand(B, F, V, 3, H, W).clone()
    return rgb, rgb[:, :, :, :1].float()


def test_same_seed_epoch_and_sample_give_the_same_bits() -> None:
    rgb, depth = gradients()
    config = AugmentationConfig(contrast=0.2, saturation=0.2, hue=0.1, shift=0.1)
    first = Augmentation(config, 1)(rgb, depth, epoch=2, samples=SAMPLES)
    again = Augmentation(config, 1)(rgb, depth, epoch=2, samples=SAMPLES)
    for a, b in zip(first, again, strict=True):
        assert a is not None
        assert b is not None
        assert torch.equal(a, b)
    for seed, epoch in ((2, 2), (1, 3)):
        other, _ = Augmentation(config, seed)(rgb, depth, epoch=epoch, samples=SAMPLES)
        assert not torch.equal(first[0], other)


def test_draw_belongs_to_the_sample_not_to_its_place_in_the_batch() -> None:
    rgb, depth = gradients()
    augment = Augmentation(GEOMETRY, 1)
    everything, _ = augment(rgb, depth, epoch=0, samples=SAMPLES)
    reversed_, _ = augment(rgb, depth, epoch=0, samples=SAMPLES[::-1])
    assert torch.equal(everything, reversed_.flip(0))


def test_depth_moves_with_rgb() -> None:
    rgb, depth = gradients()
    rgb, moved = Augmentation(GEOMETRY, 1)(rgb, depth, epoch=0, samples=SAMPLES)
    assert moved is not None
    # The nearest pixel is at most half of one away, which is 4 grey levels tall and 3 wide, and on
    # average not at all; rgb is rounded once along each axis.
    apart = rgb[:, :, :, :1].float() - moved
    assert apart.abs().max() <= 4 / 2 + 3 / 2 + 1
    assert apart.mean((1, 2, 3, 4, 5)).abs().max() < 0.3
    assert (moved - depth).abs().max() > 5


def test_augmented_depth_is_one_of_those_that_were_measured() -> None:
    rgb, depth = gradients()
    depth[:] = 0.5
    depth[..., W // 2 :] = 2.0
    depth[..., ::5, :] = 0  # unknown
    _, moved = Augmentation(GEOMETRY, 1)(rgb, depth, epoch=0, samples=SAMPLES)
    assert moved is not None
    assert set(moved.flatten().tolist()) == {0, 0.5, 2}
    assert not torch.equal(moved, depth)


def test_frames_and_views_of_a_sample_move_alike_and_samples_apart() -> None:
    rgb, _ = gradients()
    rgb, depth = Augmentation(GEOMETRY, 1)(rgb, None, epoch=0, samples=SAMPLES)
    assert depth is None
    assert torch.equal(rgb, rgb[:, :1, :1].expand_as(rgb))
    assert len({tuple(sample.flatten().tolist()) for sample in rgb}) == B


def test_colour_leaves_depth_alone() -> None:
    rgb, depth = gradients()
    config = AugmentationConfig(
        probability=1, crop_scale=(1, 1), crop_ratio=(W / H, W / H), brightness=0.3
    )
    colored, same = Augmentation(config, 1)(rgb, depth, epoch=0, samples=SAMPLES)
    assert same is not None
    torch.testing.assert_close(same, depth)
    assert not torch.equal(colored, rgb)
    ratios = colored.float().mean((1, 2, 3, 4, 5)) / rgb.float().mean((1, 2, 3, 4, 5))
    assert (ratios > 0.65).all()
    assert (ratios < 1.35).all()


def test_probability_zero_changes_nothing_and_half_changes_half() -> None:
    rgb, depth = gradients()
    same, _ = Augmentation(AugmentationConfig(probability=0))(rgb, depth, epoch=0, samples=SAMPLES)
    assert torch.equal(same, rgb)
    many = rgb[:1, :1, :1].expand(200, 1, 1, 3, H, W)
    changed, _ = Augmentation(AugmentationConfig())(many, None, epoch=0, samples=np.arange(200))
    share = (changed != many).flatten(1).any(1).float().mean()
    assert 0.35 < share < 0.65


def test_input_is_not_changed() -> None:
    rgb, depth = gradients()
    Augmentation(GEOMETRY, 1)(rgb, depth, epoch=0, samples=SAMPLES)
    assert torch.equal(rgb, gradients()[0])
    assert torch.equal(depth, gradients()[1])


def test_shift_repeats_the_border() -> None:
    config = AugmentationConfig(
        probability=1, crop_scale=(1, 1), crop_ratio=(W / H, W / H), shift=0.25, brightness=0
    )
    rgb = torch.full((50, 1, 1, 3, H, W), 100, dtype=torch.uint8)
    shifted, _ = Augmentation(config)(rgb, None, epoch=0, samples=np.arange(50))
    assert torch.equal(shifted, rgb)
    rgb[..., W // 2] = 200
    shifted, _ = Augmentation(config)(rgb, None, epoch=0, samples=np.arange(50))
    columns = shifted[:, 0, 0, 0, 0].long().argmax(-1) - W // 2
    assert columns.min() >= -9
    assert columns.max() <= 9
    assert len(set(columns.tolist())) > 8


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("probability", 1.5),
        ("shift", -0.1),
        ("brightness", 2.0),
        ("hue", 0.6),
        ("crop_scale", (0.0, 1.0)),
        ("crop_scale", (0.9, 0.5)),
        ("crop_ratio", (0.0, 1.0)),
    ],
)
def test_impossible_settings_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name}: must"):
        AugmentationConfig(**{name: value})  # type: ignore[arg-type]
