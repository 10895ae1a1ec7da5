"""What an engine is asked to simulate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.physics.randomization import NO_RANDOMIZATION, RandomizationConfig
from spawnnet_sim.physics.robot_spec import RobotSpec

PHYSICS_FREQUENCY = 480  # Hz, a multiple of the usual control frequencies
PHYSICS_TIMESTEP = 1 / PHYSICS_FREQUENCY  # seconds


@dataclass(frozen=True, eq=False)
class Scene:
    """N environments with the same robot and cameras.

    Attributes:
        robot: The robot.
        cabinets: N cabinets, one per environment.
        views: Names of cameras in `CAMERAS`, in the order of the images' axis V.
        image_size: `(H, W)` in pixels.
        control_timestep: Seconds per control step, a multiple of `PHYSICS_TIMESTEP`.
        randomization: What varies between episodes.
    """

    robot: RobotSpec
    cabinets: Sequence[CabinetSpec]
    views: tuple[str, ...] = ()
    image_size: tuple[int, int] = (96, 96)
    control_timestep: float = 0.05
    randomization: RandomizationConfig = NO_RANDOMIZATION

    @property
    def num_envs(self) -> int:
        """N."""
        return len(self.cabinets)
