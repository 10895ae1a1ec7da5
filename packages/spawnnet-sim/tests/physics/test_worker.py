import numpy as np

from spawnnet_sim import Scene, generate_cabinets
from spawnnet_sim.physics.physics import state_shapes
from spawnnet_sim.physics.worker import shared_fields
from spawnnet_sim.robots.panda import PANDA


def test_what_is_shared_follows_from_the_table_of_the_state() -> None:
    scene = Scene(PANDA, generate_cabinets("drawer-train-v1", 3), ("left", "right"), (8, 12))
    fields = shared_fields(scene)
    for name, shape in state_shapes(PANDA).items():
        assert fields[f"state/{name}"] == ((3, *shape), np.float64)
    assert fields["input/targets"].shape == (3, 9)
    assert fields["input/efforts"].shape == (3, 2)
    assert fields["rgb"].shape == (3, 2, 3, 8, 12)
