"""What the library's tensors say, as a `PhysicsState`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.isaacgym.poses import matrix_from_xyzw
from spawnnet_sim.physics.physics import PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.rotations import matrix_from_quaternion

Float32 = NDArray[np.float32]


def read_state(
    robot: RobotSpec,
    cabinets: Sequence[CabinetSpec],
    signs: NDArray[np.float64],
    arrays: dict[str, Float32],
) -> PhysicsState:
    """Return the state that the worker wrote down.

    Args:
        robot: The robot.
        cabinets: Each environment's cabinet, N.
        signs: `(N,)`, -1 where the file's joint opens in negative direction, else 1.
        arrays: `dof` `(N, J + 1, 2)`, `bodies` `(N, L + 1, 13)`: position (m), quaternion (x, y, z,
            w), linear and angular velocity; `targets` and `efforts`.
    """
    dof, bodies = (arrays[name].astype(np.float64) for name in ("dof", "bodies"))
    links, part = bodies[:, :-1], bodies[:, -1]
    turned = np.array([cabinet.origin.link_quaternion for cabinet in cabinets])
    from_file = matrix_from_quaternion(turned).swapaxes(-1, -2)  # (N, 3, 3)
    return PhysicsState(
        joint_positions=dof[:, :-1, 0],
        joint_velocities=dof[:, :-1, 1],
        targets=arrays["targets"].astype(np.float64),
        efforts=arrays["efforts"].astype(np.float64),
        link_positions=links[..., :3].copy(),
        link_rotations=matrix_from_xyzw(links[..., 3:7]),
        hand_velocity=links[:, robot.hand_index, 7:].copy(),
        part_position=signs * dof[:, -1, 0],
        part_velocity=signs * dof[:, -1, 1],
        part_link_position=part[:, :3].copy(),
        part_link_rotation=matrix_from_xyzw(part[:, 3:7]) @ from_file,
    )
