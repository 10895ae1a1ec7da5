"""What an engine is asked to simulate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.physics.randomization import NO_RANDOMIZATION, RandomizationConfig
from spawnnet_sim.physics.robot_spec import RobotSpec

CABINET_DENSITY = 200.0  # kg/m^3 of what generated cabinets are made of


@dataclass(frozen=True)
class PartDrive:
    """What a cabinet's moving part resists with; N m and radians in place of N and m for hinges.

    Attributes:
        stiffness: Of the spring that pulls it shut, N/m.
        damping: N s/m.
        friction: N.
        effort: Largest force of the spring, N.
    """

    stiffness: float = 30.0
    damping: float = 5.0
    friction: float = 2.0
    effort: float = math.inf


PART_DRIVE = PartDrive()  # the original's spring and friction, with some damping


@dataclass(frozen=True, eq=False)
class Scene:
    """N environments with the same robot and cameras.

    Attributes:
        robot: The robot.
        cabinets: N cabinets, one per environment, where they stand in it.
        views: Names of cameras in `CAMERAS`, in the order of the images' axis V.
        image_size: `(H, W)` in pixels.
        control_timestep: Seconds per control step, a whole number of steps of the physics.
        randomization: What varies between episodes.
        part_drive: What moving parts resist with.
        physics_frequency: Steps of the physics per second; an engine may divide them further.
        ball_depth: x of the ball before drawers, m; None for that of the middle of their fronts.
    """

    robot: RobotSpec
    cabinets: Sequence[CabinetSpec]
    views: tuple[str, ...] = ()
    image_size: tuple[int, int] = (96, 96)
    control_timestep: float = 0.05
    randomization: RandomizationConfig = NO_RANDOMIZATION
    part_drive: PartDrive = PART_DRIVE
    physics_frequency: int = 480
    ball_depth: float | None = None

    @property
    def num_envs(self) -> int:
        """N."""
        return len(self.cabinets)
