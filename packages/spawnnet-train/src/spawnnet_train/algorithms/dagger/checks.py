"""What of a configuration DAgger needs, and what must fit together."""

from __future__ import annotations

from spawnnet_train.algorithms.algorithm import RunSettings
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.config.errors import SettingError
from spawnnet_train.rollouts.simulation import SimulationConfig
from spawnnet_train.student.config import StudentConfig


def simulation_of(run: RunSettings) -> SimulationConfig:
    """Return the simulation of a run.

    Raises:
        SettingError: If there is none.
    """
    if run.simulation is None:
        raise SettingError("simulation", "is required by dagger, such as {task: open_drawer}.")
    return run.simulation


def check_dagger(
    config: DaggerConfig, simulation: SimulationConfig, student: StudentConfig
) -> None:
    """Check the simulation against the student.

    Raises:
        SettingError: With the path from the root of the configuration.
    """
    horizon = student.action_horizon
    every = config.replay.keep_every
    if any((max(student.stack_idx) - offset) % every for offset in student.stack_idx):
        raise SettingError(
            "student.stack_idx",
            f"must be multiples of `algorithm.replay.keep_every` apart, {every}, "
            f"got {list(student.stack_idx)}.",
        )
    if not simulation.cameras.views:
        raise SettingError(
            "simulation.cameras.views", "a student needs at least one camera, got none."
        )
    if horizon > simulation.episode_steps:
        raise SettingError(
            "student.action_horizon",
            f"must be at most `simulation.episode_steps`, "
            f"got {horizon} and {simulation.episode_steps}.",
        )
    if student.normalization.actions != "none":
        raise SettingError(
            "student.normalization.actions",
            "must be none with dagger, whose actions are limited by the robot.",
        )
