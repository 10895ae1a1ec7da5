from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from spawnnet_encoders import Encoder
from spawnnet_encoders.backbone.extraction import distinct_images, extract_economically


@pytest.mark.parametrize(("may_repeat", "counts"), [(True, [3, 1]), (False, [3, 3, 2])])
def test_no_more_images_at_once_than_allowed(may_repeat: bool, counts: list[int]) -> None:
    originals = torch.randint(0, 256, (4, 3, 2, 5), dtype=torch.uint8)
    images = originals[[2, 0, 0, 3, 2, 1, 3, 0]]
    sizes: list[int] = []

    def extract(part: Tensor) -> tuple[Tensor, ...]:
        sizes.append(len(part))
        return part.float().mean(dim=(2, 3)), part[:, 0]

    means, reds = extract_economically(extract, images, at_once=3, may_repeat=may_repeat)
    assert sizes == counts
    assert torch.equal(means, images.float().mean(dim=(2, 3)))
    assert torch.equal(reds, images[:, 0])


def test_no_images_give_no_features() -> None:
    images = torch.zeros(0, 3, 2, 5, dtype=torch.uint8)
    (features,) = extract_economically(lambda x: (x[:, 0],), images, at_once=0, may_repeat=False)
    assert features.shape == (0, 2, 5)


@pytest.mark.parametrize("size", [(2, 4), (3, 5)])
def test_every_image_finds_its_like(size: tuple[int, int]) -> None:
    originals = torch.randint(0, 256, (4, 3, *size), dtype=torch.uint8)
    order = torch.tensor([2, 0, 0, 3, 2, 1, 3, 0])
    distinct, index = distinct_images(originals[order])
    assert len(distinct) == 4
    assert index is not None
    assert torch.equal(distinct[index], originals[order])


def test_images_that_all_differ_are_returned_as_they_are() -> None:
    images = torch.randint(0, 256, (5, 3, 2, 4), dtype=torch.uint8)
    distinct, index = distinct_images(images)
    assert distinct is images
    assert index is None


def test_one_different_pixel_is_seen() -> None:
    images = torch.zeros(2, 3, 3, 5, dtype=torch.uint8)
    images[1, 2, 2, 4] = 1
    assert distinct_images(images)[1] is None


def test_repeated_frames_pass_the_backbone_once(
    build: Callable[..., Encoder], observe: Callable[..., dict[str, Tensor]]
) -> None:
    encoder = build("spawnnet")
    assert encoder.backbone is not None
    counts: list[int] = []
    encoder.backbone.register_forward_pre_hook(lambda _, images: counts.append(len(images[0])))
    frames = observe(batch=1, num_frames=6)["rgb"]  # six frames of two views
    stacks = torch.cat([frames[:, i : i + 3] for i in range(4)])  # four stacks of three
    stacked = encoder.frozen_features(stacks)
    alone = encoder.frozen_features(frames[:, 1:4])
    assert counts == [12, 6]
    torch.testing.assert_close([part[1:2] for part in stacked], list(alone))
