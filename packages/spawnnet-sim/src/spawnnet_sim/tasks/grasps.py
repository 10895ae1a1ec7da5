"""Grasp geometry of cabinets in motion, the same on every engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.physics.physics import Array, PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.rotations import matrix_from_quaternion, quaternion_from_matrix
from spawnnet_sim.tasks.recent import Recent
from spawnnet_sim.tasks.state import State


class Grasps:
    """Where handles are and how they move, from the poses of the moving parts.

    Args:
        robot: Whose hand grasps.
        cabinets: One per environment.
    """

    def __init__(self, robot: RobotSpec, cabinets: Sequence[CabinetSpec]) -> None:
        self._cabinets = tuple(cabinets)
        self._hand = [robot.hand_index, *robot.finger_indices]
        self._root = np.tile(robot.root_position, (len(cabinets), 1))
        self._position = np.array([cabinet.handle.position for cabinet in cabinets])
        self._grip_axis = np.array([cabinet.handle.grip_axis for cabinet in cabinets])
        self._joint_axis = np.array([cabinet.joint.axis for cabinet in cabinets])
        self._width = np.array([cabinet.handle.width for cabinet in cabinets])
        self._is_hinge = np.array([cabinet.joint.kind == "hinge" for cabinet in cabinets])
        origins = [cabinet.origin for cabinet in cabinets]
        self._cabinet_pose = np.array([(*o.root_position, *o.root_quaternion) for o in origins])
        self._link = matrix_from_quaternion(np.array([o.link_quaternion for o in origins]))

    def state(self, physics: PhysicsState, recent: Recent) -> State:
        """Return the state of the physics with the geometry of a grasp and the last step."""
        rotation = physics.part_link_rotation
        arm = np.einsum("nij,nj->ni", rotation, self._position)
        joint_axis = np.einsum("nij,nj->ni", rotation, self._joint_axis)
        travel = np.cross(joint_axis, arm)  # (N, 3), of the handle per radian
        radius = np.linalg.norm(travel, axis=1)
        tangent = travel / np.maximum(radius, 1e-9)[:, None]
        poses = self._poses(physics)
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
            root_position=self._root.copy(),
            hand_pose=poses[:, 0],
            finger_poses=poses[:, 1:3],
            cabinet_pose=self._cabinet_pose.copy(),
            part_pose=poses[:, 3],
            cabinets=self._cabinets,
            last_actions=recent.actions.copy(),
            was_in_stage=recent.was_in_stage.copy(),
        )

    def _poses(self, physics: PhysicsState) -> Array:
        """Return the poses of hand, left and right finger and moving link, `(N, 4, 7)`."""
        link = physics.part_link_rotation @ self._link
        position = [physics.link_positions[:, self._hand], physics.part_link_position[:, None]]
        rotation = [physics.link_rotations[:, self._hand], link[:, None]]
        quaternion = quaternion_from_matrix(np.concatenate(rotation, axis=1))  # (N, 4, 4)
        return np.concatenate([np.concatenate(position, axis=1), quaternion], axis=2)
