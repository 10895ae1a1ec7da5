import re

import pytest

from spawnnet_train.student.config import StudentConfig


@pytest.mark.parametrize("offsets", [(), (1, 0), (0, 0), (2, 4, 3)])
def test_offsets_of_frames_ascend(offsets: tuple[int, ...]) -> None:
    message = f"stack_idx: must be ascending, got {list(offsets)}."
    with pytest.raises(ValueError, match=re.escape(message)):
        StudentConfig(stack_idx=offsets)


def test_an_execution_horizon_beyond_the_action_horizon_is_refused() -> None:
    message = "execution_horizon: must be at most `action_horizon`, got 3 and 2."
    with pytest.raises(ValueError, match=re.escape(message)):
        StudentConfig(action_horizon=2, execution_horizon=3)


def test_plans_that_are_blended_are_made_in_every_step() -> None:
    message = "execution_horizon: must be 1 with `ensemble_decay`, got 2."
    with pytest.raises(ValueError, match=re.escape(message)):
        StudentConfig(action_horizon=4, execution_horizon=2, ensemble_decay=0.01)


def test_the_number_of_frames_is_that_of_their_offsets() -> None:
    assert StudentConfig(stack_idx=(0, 2, 5)).num_frames == 3
