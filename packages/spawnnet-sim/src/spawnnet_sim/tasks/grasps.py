"""Grasp geometry of cabinets in motion, the same on every engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.physics.physics import PhysicsState
from spawnnet_sim.tasks.state import State


class Grasps:
    """Where handles are and how they move, from the poses of the moving parts.

    Args:
        cabinets: One per environment.
    """

    def __init__(self, cabinets: Sequence[CabinetSpec]) -> None:
        self._position = np.array([cabinet.handle.position for cabinet in cabinets])
        self._grip_axis = np.array([cabinet.handle.grip_axis for cabinet in cabinets])
        self._joint_axis = np.array([cabinet.joint.axis for cabinet in cabinets])
        self._width = np.array([cabinet.handle.width for cabinet in cabinets])
        self._is_hinge = np.array([cabinet.joint.kind == "hinge" for cabinet in cabinets])

    def state(self, physics: PhysicsState) -> State:
        """Return the state of the physics with the geometry of a grasp."""
        rotation = physics.part_link_rotation
        arm = np.einsum("nij,nj->ni", rotation, self._position)
        joint_axis = np.einsum("nij,nj->ni", rotation, self._joint_axis)
        travel = np.cross(joint_axis, arm)  # (N, 3), of the handle per radian
        radius = np.linalg.norm(travel, axis=1)
        tangent = travel / np.maximum(radius, 1e-9)[:, None]
        return State(
            **vars(physics),
            handle_position=physics.part_link_position + arm,
            grip_axis=np.einsum("nij,nj->ni", rotation, self._grip_axis),
            joint_axis=joint_axis,
            is_hinge=self._is_hinge.copy(),
            front_axis=rotation[:, :, 0].copy(),
            pull_axis=np.where(self._is_hinge[:, None], tangent, joint_axis),
            lever=np.where(self._is_hinge, radius, 1.0),
            handle_width=self._width.copy(),
        )
