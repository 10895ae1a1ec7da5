from collections.abc import Callable

import numpy as np

from spawnnet_sim import State
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.progress import handle_distance, handle_offset, is_grasped
from spawnnet_sim.tasks.quantities import QUANTITIES, read_quantities

MakeState = Callable[..., State]


def near_handle(make_state: MakeState, offset: tuple[float, ...], gap: float) -> State:
    """Return a state with the fingertips `offset` from a handle of 2 cm, before a front along x."""
    positions = np.zeros((2, 11))
    positions[:, 9:] = gap / 2
    return make_state(
        joint_positions=positions,
        handle_position=np.tile(np.add([0, 0, 0.13], offset), (2, 1)),
        front_axis=np.tile([1.0, 0.0, 0.0], (2, 1)),
        handle_width=np.full(2, 0.02),
    )


def test_a_handle_is_grasped_between_closed_fingers_only(make_state: MakeState) -> None:
    for offset, gap, expected in (
        ((0.0, 0.0, 0.0), 0.021, True),
        ((0.03, 0.02, 0.02), 0.021, True),
        ((0.04, 0.0, 0.0), 0.021, False),
        ((0.0, 0.04, 0.0), 0.021, False),
        ((0.0, 0.0, 0.0), 0.07, False),
        ((0.0, 0.0, 0.0), 0.0, False),
    ):
        state = near_handle(make_state, offset, gap)
        assert is_grasped(PANDA, state).tolist() == [expected, expected], (offset, gap)


def test_the_distance_is_the_length_of_the_offset(make_state: MakeState) -> None:
    state = near_handle(make_state, (0.03, 0.0, -0.04), 0.0)
    np.testing.assert_allclose(handle_offset(PANDA, state), np.tile([0.03, 0, -0.04], (2, 1)))
    np.testing.assert_allclose(handle_distance(PANDA, state), 0.05)


def test_quantities_are_columns_of_every_environment(make_state: MakeState) -> None:
    quantities = read_quantities(PANDA, near_handle(make_state, (0.03, 0.0, -0.04), 0.0))
    assert quantities.keys() == QUANTITIES.keys()
    widths = {name: values.shape for name, values in quantities.items()}
    assert widths["handle_offset"] == widths["grip_axis"] == (2, 3)
    assert widths["handle_width"] == (2, 1)
    assert all(widths[name] == (2, quantity.width) for name, quantity in QUANTITIES.items())
    assert {values.dtype for values in quantities.values()} == {np.dtype(np.float32)}
