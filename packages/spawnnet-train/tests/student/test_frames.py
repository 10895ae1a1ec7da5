from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
import torch

from spawnnet_encoders.quantization import FeatureFormat, unpack
from spawnnet_train.student.frames import Frame, FrameHistory, encode_frame, without_images
from spawnnet_train.student.student import Student


def numbered(number: int) -> Frame:
    value = torch.full((2, 3), float(number))
    return Frame({"proprioception": value}, (value.unsqueeze(1),))


@pytest.mark.parametrize("num_frames", [1, 3])
def test_a_stack_ends_with_the_newest_frame_and_begins_with_the_first_one(num_frames: int) -> None:
    history = FrameHistory(range(num_frames))
    for now in range(5):
        history.push(numbered(now))
        stack = history.stack()
        expected = [max(0, now - num_frames + 1 + k) for k in range(num_frames)]
        assert stack.observation["proprioception"].shape == (2, num_frames, 3)
        assert stack.observation["proprioception"][1, :, 0].tolist() == expected
        assert stack.frozen[0].shape == (2, num_frames, 1, 3)
        assert stack.frozen[0][0, :, 0, 2].tolist() == expected


def test_stacks_leave_out_the_frames_between_their_offsets() -> None:
    history = FrameHistory([0, 2, 5])
    for now in range(8):
        history.push(numbered(now))
        expected = [max(0, now - back) for back in (5, 3, 0)]
        assert history.stack().observation["proprioception"][0, :, 2].tolist() == expected


def test_a_reset_forgets_the_episode() -> None:
    history = FrameHistory([0, 1])
    history.push(numbered(1))
    history.reset()
    history.push(numbered(7))
    assert history.stack().observation["proprioception"][0, :, 0].tolist() == [7, 7]


@pytest.mark.parametrize("frozen_format", get_args(FeatureFormat))
def test_frozen_features_are_those_of_single_frames_rounded(
    make_student: Callable[..., Student],
    make_environment: Callable[..., Any],
    frozen_format: FeatureFormat,
) -> None:
    student = make_student().eval()
    observation, _ = make_environment(3).reset(seed=1)
    frame = encode_frame(student.encoder, observation, frozen_format, torch.device("cpu"))
    exact = student.encoder.frozen_features(torch.tensor(observation["rgb"]).unsqueeze(1))
    kept = unpack(frame.frozen)
    assert len(kept) == len(exact) == 3
    atol = {"float32": 0, "float16": 2**-11, "bfloat16": 2**-8, "int8": 1 / 254}[frozen_format]
    for part, features in zip(kept, exact, strict=True):
        assert part.shape == features[:, 0].shape
        torch.testing.assert_close(part.float(), features[:, 0], rtol=0, atol=1.01 * atol)


def test_a_frame_does_not_change_when_the_simulator_reuses_its_arrays(
    make_student: Callable[..., Student], make_environment: Callable[..., Any]
) -> None:
    observation, _ = make_environment(2).reset(seed=1)
    before = {name: array.copy() for name, array in observation.items()}
    frame = encode_frame(
        make_student("impala").encoder, observation, "float16", torch.device("cpu")
    )
    for array in observation.values():
        array.fill(0)
    assert frame.frozen == ()
    for name, tensor in frame.observation.items():
        np.testing.assert_array_equal(tensor.numpy(), before[name])


def test_covered_cameras_show_nothing_and_proprioception_stays() -> None:
    observation = {
        "rgb": np.full((2, 1, 3, 4, 5), 9, np.uint8),
        "depth": np.full((2, 1, 1, 4, 5), 2.0, np.float32),
        "proprioception": np.ones((2, 6), np.float32),
    }
    covered = without_images(observation)
    assert not covered["rgb"].any()
    assert not covered["depth"].any()
    assert covered["proprioception"] is observation["proprioception"]
    assert observation["rgb"].all()
