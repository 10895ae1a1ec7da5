"""A scripted expert made of ramps: what it does changes gently with what can be seen.

An expert with thresholds is hard to imitate: where forwards turns into backwards at an offset that
images hardly show, the mean of its labels is to stay. Here every decision is a ramp, gains are
gentle, and the hand never stands off farther than a few centimetres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.experts.expert import Pull, limited
from spawnnet_sim.physics.physics import Array
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.fingertips import finger_gap, tip_position, tip_velocity
from spawnnet_sim.robots.robot import Robot
from spawnnet_sim.tasks.alignment import turn_to_grasp
from spawnnet_sim.tasks.state import State

# Lengths in m, angles in rad, rates in 1/s. A ramp is 1 at its first end and 0 at its second.
REACH_GAIN, TURN_GAIN, HOLD_GAIN = 5.0, 2.0, 8.0
JOINT_REACH_GAIN = 8.0  # of controls with a lag, in which errors of many joints add up
REACH_SPEED, RETREAT_SPEED, TURN_SPEED = 0.4, 0.12, 0.9
STANDOFF = 0.07  # before the handle, of a hand that is not in line with it
IN_LINE, TURNED = (0.025, 0.05), (0.5, 1.0)  # offset across the approach; angle
CLOSING = (0.012, 0.028)  # depth at which fingers begin to close
KEEPS_CLOSING = (0.02, 0.035)  # depth at which fingers that have begun go on
BEGUN = (-0.01, -0.005)  # gap, less that of open fingers, of those that have begun
BESIDE = (0.03, 0.045)  # offset of a hand whose fingers are around the handle
HELD_DEPTH, HELD_SLACK = (0.02, 0.035), (0.004, 0.012)  # depth; gap less the handle's width
EMPTY = (0.3, 0.6)  # gap, in widths of the handle, of fingers that have closed on nothing
STAYS_CLOSED = (0.035, 0.05)  # depth from which such fingers open again
SLIP_DEPTH, SLIPPING = 0.01, (0.005, 0.0)  # of a handle that slides out of the fingers
EFFORT, HINGE_EFFORT, SLIP_EFFORT = 0.3, 0.3, 0.3  # of the largest; the latter two are added


@dataclass(frozen=True)
class _Grasp:
    """Errors of the hand with respect to a good grasp, and what it does about them, in [0, 1]."""

    across: Array  # (N, 3) from fingertips to handle, across the approach
    depth: Array  # (N,) from fingertips to handle, along the approach
    turn: Array  # (N, 3) rotation vector that aligns the hand
    in_line: Array  # (N,) whether the hand may move in
    close: Array  # (N,) whether the fingers close
    held: Array  # (N,) whether the handle is between closed fingers


class SmoothExpert:
    """Moves in line with the handle, in, closes and pulls; each blends into the next.

    Args:
        robot: The robot and what its actions mean.
        pull: How far it pulls.
    """

    def __init__(self, robot: Robot, pull: Pull) -> None:
        self._robot, self._control, self._pull = robot.spec, robot.control, pull
        self._gain = JOINT_REACH_GAIN if robot.control.lag > 0 else REACH_GAIN

    def act(self, state: State) -> NDArray[np.float32]:
        """Return actions `(N, A)` in [-1, 1] for the state of N environments."""
        grasp = _grasp(self._robot, state)
        speed = self._pull.speed(state)
        reach, turn = self._reach(state, grasp), self._turn(state, grasp)
        held = grasp.held[:, None]
        linear = (1 - held) * reach + held * _drawn(state, grasp, speed)
        swing = held[:, 0] * state.is_hinge * speed / state.lever
        angular = turn + swing[:, None] * state.joint_axis
        twist = np.concatenate([linear, angular], axis=1)
        return self._control.actions(twist, _efforts(state, grasp), state)

    def _reach(self, state: State, grasp: _Grasp) -> Array:
        """Return the fingertips' velocity towards the handle, `(N, 3)` m/s."""
        approach = -state.front_axis
        # The robot is already on its way.
        ahead = self._control.lag * tip_velocity(self._robot, state)
        forwards = np.sum(ahead * approach, axis=1)
        beside = grasp.across - ahead + forwards[:, None] * approach
        sideways = limited(self._gain * beside, REACH_SPEED)
        left = grasp.depth - STANDOFF * (1 - grasp.in_line) - forwards
        speed = np.clip(self._gain * left, -RETREAT_SPEED, REACH_SPEED)
        reach: Array = sideways + speed[:, None] * approach
        return reach

    def _turn(self, state: State, grasp: _Grasp) -> Array:
        """Return the hand's angular velocity that aligns it, `(N, 3)` rad/s."""
        left = grasp.turn - self._control.lag * state.hand_velocity[:, 3:]
        return limited(TURN_GAIN * left, TURN_SPEED)


def ramp(values: Array, ends: tuple[float, float]) -> Array:
    """Return 1 at the first end and before, 0 at the second and beyond, linear between."""
    one, zero = ends
    return np.clip((zero - values) / (zero - one), 0.0, 1.0)


def _grasp(robot: RobotSpec, state: State) -> _Grasp:
    approach = -state.front_axis
    offset = state.handle_position - tip_position(robot, state)
    depth = np.sum(offset * approach, axis=1)
    across = offset - depth[:, None] * approach
    turn, gap = turn_to_grasp(robot, state), finger_gap(robot, state)
    beside, angle = np.linalg.norm(across, axis=1), np.linalg.norm(turn, axis=1)
    away = np.abs(depth)
    # Closed on nothing, the hand starts again: it moves back, and opens only then. A student that
    # takes a thin handle between its fingers for none so pulls all the same, and does not let go.
    empty = ramp(gap / state.handle_width, EMPTY)
    filled = 1 - empty
    in_line = ramp(beside, IN_LINE) * ramp(angle, TURNED) * filled
    around = ramp(beside, BESIDE) * filled
    begun = around * ramp(away, KEEPS_CLOSING) * ramp(gap - robot.open_gap, BEGUN)
    held = around * ramp(away, HELD_DEPTH) * ramp(gap - state.handle_width, HELD_SLACK)
    leaves = empty * ramp(away, STAYS_CLOSED)
    close = np.maximum.reduce([in_line * ramp(away, CLOSING), begun, held, leaves])
    return _Grasp(across, depth, turn, in_line, close, held)


def _drawn(state: State, grasp: _Grasp, speed: Array) -> Array:
    """Return the fingertips' velocity with the handle, `(N, 3)` m/s: a sliding one is followed."""
    slip = np.maximum(grasp.depth - SLIP_DEPTH, 0.0)[:, None]
    back = grasp.across - slip * state.front_axis
    drawn: Array = speed[:, None] * state.pull_axis + HOLD_GAIN * back
    return drawn


def _efforts(state: State, grasp: _Grasp) -> Array:
    """Return the efforts of each finger, `(N,)`: + opens, - closes; doors take a firmer grip."""
    slips = ramp(grasp.depth - SLIP_DEPTH, SLIPPING)
    firmer = grasp.held * (HINGE_EFFORT * state.is_hinge + SLIP_EFFORT * slips)
    outwards = 1 - 2 * grasp.close
    efforts: Array = (EFFORT + np.where(outwards < 0, firmer, 0.0)) * outwards
    return efforts
