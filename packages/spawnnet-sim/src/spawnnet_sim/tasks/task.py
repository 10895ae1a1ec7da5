"""Tasks: what counts as success, what is rewarded.

A task reads the physics by name and is written once, in NumPy, for every engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics.physics import Array, PhysicsState
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.control import Float32
from spawnnet_sim.robots.proprioception import original_names, original_proprioception
from spawnnet_sim.robots.robot import Robot
from spawnnet_sim.tasks.progress import handle_distance
from spawnnet_sim.tasks.stage import REACHED, is_around, is_near
from spawnnet_sim.tasks.state import State


class Task(Protocol):
    """The rules of an episode; all arrays have the environments as their first axis."""

    @property
    def proprioception_names(self) -> tuple[str, ...]:
        """What each of the S numbers of `proprioception` is."""

    @property
    def action_names(self) -> tuple[str, ...]:
        """What each of the A numbers of an action moves; actions lie in [-1, 1]."""

    def start(self, rng: np.random.Generator) -> Array:
        """Return the robot's joint positions `(J,)` at the start of one environment's episode."""

    def controls(self, actions: Float32, state: PhysicsState) -> tuple[Array, Array]:
        """Return targets `(N, D)` and finger efforts `(N, J - D)` for actions `(N, A)`."""

    def proprioception(self, state: State, last_actions: Float32) -> Float32:
        """Return what the robot senses of itself, `(N, S)`."""

    def reward(self, state: State) -> Float32:
        """Return `(N,)`."""

    def success(self, state: State) -> NDArray[np.bool_]:
        """Return whether the goal is reached now, `(N,)`."""


class Rules(Protocol):
    """What distinguishes one task of the robot from another."""

    @property
    def goal(self) -> float:
        """Opening beyond which the episode is a success, m or rad."""

    def reward(self, robot: RobotSpec, state: State) -> Array:
        """Return `(N,)`."""

    def stage(self, robot: RobotSpec, state: State) -> NDArray[np.bool_]:
        """Return whether the hand is where it can grasp, `(N,)`."""


@final
@dataclass(frozen=True)
class OpenCabinet:
    """Open the moving part of a cabinet by its handle.

    Attributes:
        robot: How it acts, where it starts and what it senses of itself.
        rules: Reward, goal and stage.
        original_observation: Whether proprioception is the vector of the original release, of
            which three numbers are privileged; else it is the robot's own.
    """

    robot: Robot
    rules: Rules
    original_observation: bool = False

    @property
    def proprioception_names(self) -> tuple[str, ...]:
        """What each of the S numbers is."""
        if self.original_observation:
            return original_names(self.robot.spec)
        return self.robot.proprioception_names

    @property
    def action_names(self) -> tuple[str, ...]:
        """What each of the A numbers moves."""
        return self.robot.control.action_names

    def start(self, rng: np.random.Generator) -> Array:
        """Return a pose around the robot's home."""
        return self.robot.start(rng)

    def controls(self, actions: Float32, state: PhysicsState) -> tuple[Array, Array]:
        """Return what the robot's control makes of the actions."""
        return self.robot.control.controls(actions, state)

    def proprioception(self, state: State, last_actions: Float32) -> Float32:
        """Return what the robot senses of itself, or the vector of the original."""
        if not self.original_observation:
            return self.robot.proprioception(state, last_actions)
        spec = self.robot.spec
        motions, stage = last_actions[:, spec.driven], self.rules.stage(spec, state)
        return original_proprioception(spec, state, motions, stage)

    def reward(self, state: State) -> Float32:
        """Return what the rules give."""
        return self.rules.reward(self.robot.spec, state).astype(np.float32)

    def success(self, state: State) -> NDArray[np.bool_]:
        """Return whether the part stands open by more than the goal."""
        return np.asarray(state.part_position > self.rules.goal)


@dataclass(frozen=True)
class DrawerRules:
    """A drawer, as in the original release.

    Attributes:
        goal: Metres.
    """

    goal: float = 0.09

    def reward(self, robot: RobotSpec, state: State) -> Array:
        """Return `reach + orientation / 2 + 20 * opening - 3 / 4`, see `_reach`."""
        aligned = _alignment(robot, state, state.pull_axis)
        total: Array = _reach(robot, state) + 0.5 * aligned + 20.0 * state.part_position - 0.75
        return total

    def stage(self, robot: RobotSpec, state: State) -> NDArray[np.bool_]:
        """Return whether the fingertips are within 12 cm of the handle."""
        return is_near(robot, state)


@dataclass(frozen=True)
class DoorRules:
    """A hinged door, as in the original release.

    Attributes:
        goal: Radians.
    """

    goal: float = 0.09

    def reward(self, robot: RobotSpec, state: State) -> Array:
        """Return `reach + orientation / 2 + 10 * opening - 3 / 4`, less 0.0005 per N of effort."""
        aligned = _alignment(robot, state, state.front_axis)
        force = -0.0005 * state.efforts.sum(axis=1)
        reach = _reach(robot, state)
        total: Array = reach + 0.5 * aligned + 10.0 * state.part_position + force - 0.75
        return total

    def stage(self, robot: RobotSpec, state: State) -> NDArray[np.bool_]:
        """Return whether the handle is between the fingers, the left one on its left."""
        return is_around(robot, state)


def _reach(robot: RobotSpec, state: State) -> Array:
    """Return `1 / (1 + d^2)^2`, doubled within 12 cm, `d` from fingertips to handle."""
    distance = handle_distance(robot, state)
    return (1 / (1 + distance**2)) ** 2 * np.where(distance <= REACHED, 2.0, 1.0)


def _alignment(robot: RobotSpec, state: State, outwards: Array) -> Array:
    """Return how well the hand is turned for the grasp, in [-1, 1]: grip axis and side axis."""
    hand = state.link_rotations[:, robot.hand_index]
    across = np.cross(state.grip_axis, outwards)
    return 0.5 * (
        _signed_square(np.sum(hand[:, :, 1] * state.grip_axis, axis=1))
        + _signed_square(-np.sum(hand[:, :, 0] * across, axis=1))
    )


def _signed_square(x: Array) -> Array:
    return np.sign(x) * x**2
