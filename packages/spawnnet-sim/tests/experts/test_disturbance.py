from collections.abc import Callable

import numpy as np
import pytest

from spawnnet_sim import ConfigurationError, State
from spawnnet_sim.experts.disturbance import DisturbanceConfig, DisturbedExpert

MakeState = Callable[..., State]


class Believer:
    """Acts as it believes: with the handle's position and grip axis as the action."""

    def act(self, state: State) -> np.ndarray:
        parts = [state.handle_position, state.grip_axis, np.zeros((len(state.lever), 500))]
        return np.concatenate(parts, axis=1).astype(np.float32)


@pytest.fixture
def state(make_state: MakeState) -> State:
    return make_state(
        handle_position=np.tile([0.1, 0.2, 0.3], (2, 1)),
        grip_axis=np.tile([0.0, 0.0, 1.0], (2, 1)),
        front_axis=np.tile([1.0, 0.0, 0.0], (2, 1)),
    )


def test_an_error_lasts_for_some_steps_and_has_its_scale(state: State) -> None:
    config = DisturbanceConfig(action_noise=0.1, hold_steps=4)
    expert = DisturbedExpert(Believer(), config, 2, is_exact=True)
    expert.reset(0)
    errors = [expert.act(state)[:, 6:] for _ in range(5)]
    for held in errors[1:4]:
        np.testing.assert_array_equal(held, errors[0])
    assert (errors[4] != errors[0]).all()
    np.testing.assert_allclose(errors[0].std(axis=1), 0.1, rtol=0.15)


def test_every_episode_has_its_own_share_of_the_errors(state: State) -> None:
    expert = DisturbedExpert(Believer(), DisturbanceConfig(action_noise=0.5), 2)
    shares = []
    for seed in range(50):
        expert.reset(seed)
        shares.append(expert.action_std)
    assert np.ptp(shares) > 0.4
    assert np.max(shares) < 0.5
    assert not np.equal(*np.transpose(shares)).any()


def test_what_an_environment_does_depends_on_no_other(state: State) -> None:
    config = DisturbanceConfig(0.1, belief_std=0.05, wrong_axis_probability=0.5)
    alone, together = (DisturbedExpert(Believer(), config, 2) for _ in range(2))
    alone.reset(3)
    together.reset(3)
    np.testing.assert_array_equal(alone.act(state), together.act(state))
    together.reset(9, mask=np.array([False, True]))
    np.testing.assert_array_equal(alone.act(state)[0], together.act(state)[0])
    assert (alone.act(state)[1] != together.act(state)[1]).any()


def test_labels_know_the_truth_while_actions_follow_a_belief(state: State) -> None:
    config = DisturbanceConfig(belief_std=0.04, belief_hold_steps=3)
    expert = DisturbedExpert(Believer(), config, 2, is_exact=True)
    beliefs = []
    for seed in range(100):
        expert.reset(seed)
        acted = [expert.act(state)[:, :3] for _ in range(4)]
        np.testing.assert_array_equal(acted[0], acted[2])
        assert (acted[3] != acted[0]).any()
        beliefs.append(acted[0] - [0.1, 0.2, 0.3])
    np.testing.assert_array_equal(expert.label(state), Believer().act(state))
    deviation = np.concatenate(beliefs).std(axis=0)  # in depth, across, along the grip
    np.testing.assert_allclose(deviation, [0.012, 0.04, 0.04], rtol=0.2)


def test_a_wrong_axis_is_at_right_angles_in_the_front(state: State) -> None:
    expert = DisturbedExpert(Believer(), DisturbanceConfig(wrong_axis_probability=1.0), 2)
    expert.reset(0)
    np.testing.assert_allclose(np.abs(expert.act(state)[:, 3:6]), [[0, 1, 0], [0, 1, 0]])


def test_what_is_executed_stays_in_range(state: State) -> None:
    expert = DisturbedExpert(Believer(), DisturbanceConfig(action_noise=5.0), 2, is_exact=True)
    expert.reset(0)
    executed = expert.act(state)
    assert np.abs(executed).max() == 1.0
    assert executed.dtype == np.float32


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"hold_steps: must be at least 1, got 0\."):
        DisturbanceConfig(hold_steps=0)
    with pytest.raises(ConfigurationError, match="wrong_axis_probability"):
        DisturbanceConfig(wrong_axis_probability=1.5)
