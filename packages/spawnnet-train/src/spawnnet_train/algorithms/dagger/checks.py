"""What the sections of a run with DAgger must agree on."""

from __future__ import annotations

from spawnnet_train.algorithms.algorithm import RunSettings
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.config.errors import SettingError
from spawnnet_train.rollouts.simulation import SimulationConfig


def check_run(config: DaggerConfig, run: RunSettings, simulation: SimulationConfig) -> None:
    """Check the simulation against the student.

    Raises:
        SettingError: With the path from the root of the configuration.
    """
    horizon = run.student.action_horizon
    every = config.replay.keep_every
    if any((max(run.student.stack_idx) - offset) % every for offset in run.student.stack_idx):
        raise SettingError(
            "student.stack_idx",
            f"must be multiples of `algorithm.replay.keep_every` apart, {every}, "
            f"got {list(run.student.stack_idx)}.",
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
    if run.student.normalization.actions != "none":
        raise SettingError(
            "student.normalization.actions",
            "must be none with dagger, whose actions are limited by the robot.",
        )
