"""Scenes by name: which robot stands where before the cabinets, and what resists it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.cabinets.placement import as_described, as_original
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.physics.scene import PART_DRIVE, PartDrive
from spawnnet_sim.registry import Registry
from spawnnet_sim.robots.original_panda import original_panda
from spawnnet_sim.robots.panda import PANDA


@dataclass(frozen=True)
class SceneTemplate:
    """What a scene is made of, whatever its cabinets, cameras and control.

    Attributes:
        robots: The robot before drawers (`slide`) and before doors (`hinge`).
        place: Returns a cabinet where it stands in its environment.
        part_drive: What moving parts resist with.
        physics_frequency: Steps of the physics per second.
        has_ball: Whether a red ball that nothing touches is always there.
        ball_depth: x of that ball before drawers, m; None for that of the middle of their fronts.
    """

    robots: Mapping[Literal["slide", "hinge"], RobotSpec]
    place: Callable[[CabinetSpec], CabinetSpec] = as_described
    part_drive: PartDrive = PART_DRIVE
    physics_frequency: int = 480
    has_ball: bool = False
    ball_depth: float | None = None


SCENES: Registry[SceneTemplate] = Registry("scene")


def register_scene(name: str, template: SceneTemplate) -> None:
    """Make a scene available under a name.

    Raises:
        ValueError: If the name is taken.
    """
    SCENES.register(name, template)


def list_scenes() -> tuple[str, ...]:
    """Return the names of the scenes, sorted."""
    return SCENES.names


register_scene("reach", SceneTemplate({"slide": PANDA, "hinge": PANDA}))
register_scene(
    "original",
    SceneTemplate(
        {"slide": original_panda(height=0.5), "hinge": original_panda(height=0.4)},
        place=as_original,
        part_drive=PartDrive(damping=0.0, effort=4.0),
        physics_frequency=120,
        has_ball=True,
        ball_depth=-0.2,
    ),
)
