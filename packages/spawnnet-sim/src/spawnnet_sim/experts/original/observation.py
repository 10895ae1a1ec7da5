"""What the original's expert sees: a point cloud that carries proprioception on every point.

Two oddities are baked into its weights and reproduced: the mean of the likely points of contact is
divided by the number of all points, and it is relative to the robot's root where the fingertips
are not.
"""

from __future__ import annotations

import numpy as np

from spawnnet_sim.experts.original.clouds import Float32, placed_points, transformed
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.fingertips import tip_position
from spawnnet_sim.robots.proprioception import original_proprioception
from spawnnet_sim.tasks.state import State

CLIP = 5.0
CONTACT_MARGIN = 0.1  # below the largest likelihood of contact


def observe(robot: RobotSpec, state: State, cabinets: Float32, fingers: Float32) -> Float32:
    """Return the observation `(N, 2112, 55)`, within `CLIP`.

    | channels | content |
    |---|---|
    | 0-2 | point minus robot root, m |
    | 3 | 1 on the moving part |
    | 4 | likelihood of contact; 0 on fingers |
    | 5 | 1 on fingers |
    | 6-54 | `original_proprioception` with the expert's target, the same on every point |

    Args:
        robot: The robot.
        state: State of N environments.
        cabinets: `(N, 2048, 5)`, see `CabinetClouds`.
        fingers: `(2, 32, 3)` m, points of the fingers in their frames.
    """
    cloud = _cloud(state, cabinets, fingers)  # (N, 2112, 6)
    target = contact_target(cloud[:, :, :3], cloud[:, :, 4])
    senses = _senses(robot, state, target).clip(-CLIP, CLIP)  # (N, 49)
    repeated = np.broadcast_to(senses[:, None], (*cloud.shape[:2], senses.shape[1]))
    return np.concatenate([cloud.clip(-CLIP, CLIP), repeated], axis=2)


def contact_target(points: Float32, contact: Float32) -> Float32:
    """Return the expert's target, `(N, 3)` m: likely points of contact over the number of all.

    Args:
        points: `(N, P, 3)` m.
        contact: `(N, P)`, their likelihoods.
    """
    is_likely = contact > contact.max(axis=1, keepdims=True) - np.float32(CONTACT_MARGIN)
    total: Float32 = (points * is_likely[:, :, None]).sum(axis=1)
    return total / np.float32(points.shape[1])


def _cloud(state: State, cabinets: Float32, fingers: Float32) -> Float32:
    """Return the channels of the points, those of the cabinet first."""
    N, count = cabinets.shape[:2]
    cloud = np.zeros((N, count + fingers[..., 0].size, 6), np.float32)
    cloud[:, :count, :3] = placed_points(cabinets, state.cabinet_pose, state.part_pose)
    cloud[:, count:, :3] = transformed(fingers, state.finger_poses).reshape(N, -1, 3)
    cloud[:, :, :3] -= state.root_position[:, None]
    cloud[:, :count, 3:5] = cabinets[:, :, 3:]
    cloud[:, count:, 5] = 1.0
    return cloud


def _senses(robot: RobotSpec, state: State, target: Float32) -> Float32:
    """Return proprioception with the target: root minus target, and target minus fingertips."""
    motions = state.last_actions[:, robot.driven]
    senses = original_proprioception(robot, state, motions, state.was_in_stage)
    senses[:, -6:-3] = state.root_position - target
    senses[:, -3:] = target - tip_position(robot, state)
    return senses
