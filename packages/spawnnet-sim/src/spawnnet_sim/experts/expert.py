"""Scripted experts: privileged state in, actions out.

An expert is a function of the state alone. It keeps no memory, so that it can label any state
that a student reaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.fingertips import finger_gap, tip_position, tip_velocity
from spawnnet_sim.robots.robot import Robot
from spawnnet_sim.tasks.alignment import turn_to_grasp
from spawnnet_sim.tasks.state import State

# Gains and thresholds, tuned on training cabinets; lengths in m, angles in rad, rates in 1/s.
APPROACH_GAIN, APPROACH_SPEED = 8.0, 0.4
TURN_GAIN, TURN_SPEED = 8.0, 1.2
STANDOFF, CLEARANCE_PER_OFFSET, CLEARANCE_PER_ANGLE = 0.10, 1.5, 0.2
ALIGNED_OFFSET, ALIGNED_ANGLE, ALIGNED_DEPTH = 0.02, 0.2, 0.022
HELD_OFFSET, HELD_DEPTH = 0.035, 0.035
GRIP_DEPTH = 0.015  # fingers that close farther out squeeze the handle away
SLIP_DEPTH = 0.01  # of a handle that is sliding out of the fingers
FINGER_EFFORT = 0.3  # of the largest: firm, and of the size of the arm's actions
HINGE_EFFORT = 0.6  # a door takes about 40 N at its handle, nearly what 0.3 can hold
SLIP_EFFORT = 0.3  # added while the handle slides
FINGERS_BEGUN = 0.01  # closer than open by more than this, they have begun to close
GRASP_SLACK = 0.005  # between fingers and handle when they hold it
PULL_SPEED = 0.25


class Expert(Protocol):
    """Labels states with actions."""

    def act(self, state: State) -> NDArray[np.float32]:
        """Return actions `(N, A)` in [-1, 1] for the state of N environments."""


@dataclass(frozen=True)
class Pull:
    """How far an expert pulls.

    Attributes:
        until: Travel of the handle at which the pull has faded out, m.
        taper: Travel over which it fades, m.
    """

    until: float
    taper: float

    def speed(self, state: State) -> Array:
        """Return how fast the handle should travel, `(N,)` m/s."""
        left = self.until - state.part_position * state.lever
        return PULL_SPEED * np.clip(left / self.taper, 0.0, 1.0)


@dataclass(frozen=True)
class _Grasp:
    """Errors of the hand with respect to a good grasp."""

    offset: Array  # (N, 3) from fingertips to handle, across the approach
    depth: Array  # (N,) from fingertips to handle, along the approach
    turn: Array  # (N, 3) rotation vector that aligns the hand
    gap: Array  # (N,) between the fingers
    is_aligned: NDArray[np.bool_]  # close now
    is_held: NDArray[np.bool_]  # the handle is between closed fingers
    slip: Array  # (N,) how far the handle has slid towards the fingertips, m


class CabinetExpert:
    """Aligns in front of the handle, moves in, closes, pulls; turns along with a door.

    The hand is drawn to a point before the handle that recedes with the error across the approach
    and in orientation: a funnel. Thresholds across it widen once the fingers have begun to close,
    which gives hysteresis without memory; those along it narrow, as a handle that is pinched by
    the fingertips slips away. A handle that slides is gripped harder and followed.

    Args:
        robot: The robot and what its actions mean.
        pull: How far it pulls.
    """

    def __init__(self, robot: Robot, pull: Pull) -> None:
        self._robot, self._control, self._pull = robot.spec, robot.control, pull

    def act(self, state: State) -> NDArray[np.float32]:
        """Return actions `(N, A)` in [-1, 1] for states of N environments."""
        grasp, pull = _grasp(self._robot, state), self._pull.speed(state)
        lag = self._control.lag  # the hand is already on its way
        drift = lag * tip_velocity(self._robot, state)
        linear = _velocity(state, grasp, drift, pull)
        angular = _turning(state, grasp, lag * state.hand_velocity[:, 3:], pull)
        twist = np.concatenate([linear, angular], axis=1)  # (N, 6)
        return self._control.actions(twist, _finger_efforts(state, grasp), state)


def _grasp(robot: RobotSpec, state: State) -> _Grasp:
    approach = -state.front_axis
    offset = state.handle_position - tip_position(robot, state)
    depth = np.sum(offset * approach, axis=1)
    offset = offset - depth[:, None] * approach
    turn = turn_to_grasp(robot, state)
    gap = finger_gap(robot, state)
    across, angle = np.linalg.norm(offset, axis=1), np.linalg.norm(turn, axis=1)
    is_around = (across < HELD_OFFSET) & (np.abs(depth) < HELD_DEPTH)
    missed = gap < state.handle_width - GRASP_SLACK
    may_begin = (
        (across < ALIGNED_OFFSET) & (angle < ALIGNED_ANGLE) & (np.abs(depth) < ALIGNED_DEPTH)
    )
    may_go_on = is_around & (np.abs(depth) < GRIP_DEPTH)
    has_begun = gap < robot.open_gap - FINGERS_BEGUN
    return _Grasp(
        offset=offset,
        depth=depth,
        turn=turn,
        gap=gap,
        is_aligned=np.where(has_begun, may_go_on, may_begin) & ~missed,
        is_held=is_around & ~missed & (gap < state.handle_width + GRASP_SLACK),
        slip=np.maximum(depth - SLIP_DEPTH, 0.0),
    )


def _turning(state: State, grasp: _Grasp, drift: Array, pull: Array) -> Array:
    """Return the hand's angular velocity, `(N, 3)` rad/s."""
    left = grasp.turn - drift
    follows = grasp.is_held & state.is_hinge
    along = (follows * pull / state.lever)[:, None] * state.joint_axis
    return limited(TURN_GAIN * left, TURN_SPEED) + along


def _velocity(state: State, grasp: _Grasp, drift: Array, pull: Array) -> Array:
    """Return the fingertips' velocity, `(N, 3)` m/s."""
    approach = -state.front_axis
    across = np.linalg.norm(grasp.offset, axis=1)
    angle = np.linalg.norm(grasp.turn, axis=1)
    error = CLEARANCE_PER_OFFSET * np.maximum(across - ALIGNED_OFFSET / 2, 0.0)
    error += CLEARANCE_PER_ANGLE * np.maximum(angle - ALIGNED_ANGLE / 2, 0.0)
    closing = grasp.is_aligned | grasp.is_held
    standoff = np.where(closing, 0.0, np.minimum(error, STANDOFF))
    ahead = (grasp.depth - standoff)[:, None] * approach
    left = grasp.offset + ahead - drift
    reach = limited(APPROACH_GAIN * left, APPROACH_SPEED)
    back = grasp.offset + grasp.slip[:, None] * approach
    drawn = pull[:, None] * state.pull_axis + APPROACH_GAIN * back
    return np.where(grasp.is_held[:, None], drawn, reach)


def _finger_efforts(state: State, grasp: _Grasp) -> Array:
    """Return the efforts of each finger, `(N,)`: + opens, - closes."""
    effort = np.where(grasp.is_held & state.is_hinge, HINGE_EFFORT, FINGER_EFFORT)
    effort += SLIP_EFFORT * (grasp.is_held & (grasp.slip > 0))
    return np.where(grasp.is_aligned | grasp.is_held, -effort, effort)


def limited(vectors: Array, length: float) -> Array:
    """Shorten vectors `(N, 3)` to at most `length`."""
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    short: Array = vectors * np.minimum(1.0, length / np.maximum(norm, 1e-9))
    return short
