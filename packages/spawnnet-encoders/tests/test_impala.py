from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from spawnnet_encoders import Encoder

Build = Callable[..., Encoder]
Observe = Callable[..., dict[str, Tensor]]


def test_output_dim_counts_every_image_by_itself(build: Build) -> None:
    assert build("impala").output_dim == 3 * 2 * 6 * 2 * 3 + 3 * 5


def test_joint_network_maps_all_images_to_one_vector(build: Build, observe: Observe) -> None:
    encoder = build("impala", joint=True, out_dim=20)
    assert encoder.output_dim == 20 + 3 * 5
    assert encoder(observe()).features.shape == (4, 35)


@pytest.mark.parametrize("joint", [False, True])
def test_depth_can_be_left_out(build: Build, observe: Observe, joint: bool) -> None:
    encoder, observation = build("impala", depth=False, joint=joint), observe()
    expected = encoder(observation).features
    del observation["depth"]
    assert torch.equal(encoder(observation).features, expected)


def test_depth_is_seen_where_observations_have_it_unless_asked_otherwise(build: Build) -> None:
    assert build("impala").config.depth is True
    assert build("impala", has_depth=False).stem.in_channels == 3


def test_asking_for_depth_where_there_is_none_is_an_error(build: Build) -> None:
    with pytest.raises(ValueError, match=r"^depth: no view has any, set `auto` or false"):
        build("impala", has_depth=False, depth=True)
    with pytest.raises(ValueError, match=r"^depth: must be true, false or auto, got 'yes'"):
        build("impala", depth="yes")


def test_depth_is_seen_beyond_two_metres(build: Build, observe: Observe) -> None:
    encoder, observation = build("impala"), observe()
    farther = {**observation, "depth": observation["depth"] + 5}
    assert not torch.allclose(encoder(farther).features, encoder(observation).features)


def test_image_size_must_suit_the_stem(build: Build) -> None:
    with pytest.raises(ValueError, match="image_size: 62x96 is not a multiple"):
        build("impala", image_size=(62, 96))


def test_widths_must_be_positive(build: Build) -> None:
    with pytest.raises(ValueError, match="width: must be at least 1, got 0"):
        build("impala", width=0)
