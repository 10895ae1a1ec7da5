import numpy as np

from spawnnet_sim.experts.disturbance import HOLD_STEPS, Disturbance


def test_an_error_lasts_for_some_steps_and_has_the_scale_of_its_environment() -> None:
    disturb = Disturbance(np.array([0.0, 0.05, 0.2]), np.random.default_rng(0))
    actions = np.zeros((3, 500), np.float32)
    first, *others, later = [disturb(actions) for _ in range(HOLD_STEPS + 1)]
    for held in others:
        np.testing.assert_array_equal(held, first)
    assert (later[1:] != first[1:]).all()
    np.testing.assert_allclose(first.std(axis=1), [0.0, 0.05, 0.2], rtol=0.1)


def test_what_is_executed_stays_in_range() -> None:
    disturb = Disturbance(np.full(2, 5.0), np.random.default_rng(0))
    executed = disturb(np.full((2, 7), 0.9, np.float32))
    assert np.abs(executed).max() == 1.0
    assert executed.dtype == np.float32
