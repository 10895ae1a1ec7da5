"""The tasks, experts and engines that a configuration can name; more can be registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spawnnet_sim.config import CabinetsConfig, EnvironmentConfig
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.experts.expert import CabinetExpert, Expert
from spawnnet_sim.experts.learned_expert import load_learned_expert
from spawnnet_sim.mujoco.engine import MUJOCO
from spawnnet_sim.physics.engines import register_engine
from spawnnet_sim.registry import Registry
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.robots.robot import Robot
from spawnnet_sim.tasks.task import DoorRules, DrawerRules, OpenCabinet, Rules, Task

CreateExpert = Callable[[EnvironmentConfig], Expert]


@dataclass(frozen=True)
class TaskEntry:
    """What is registered for a task.

    Attributes:
        task: Builds its rules.
        expert: Builds its scripted expert.
        joint: Kind of joint of the cabinets it is for.
        train: Name of its set of training cabinets and how many belong to it.
        held_out: The same for the held-out ones.
    """

    task: Callable[[EnvironmentConfig], Task]
    expert: CreateExpert
    joint: Literal["slide", "hinge"]
    train: tuple[str, int]
    held_out: tuple[str, int]


TASKS: Registry[TaskEntry] = Registry("task")
EXPERTS: Registry[CreateExpert] = Registry("expert.name")


def register_task(name: str, entry: TaskEntry) -> None:
    """Make a task available under a name.

    Raises:
        ValueError: If the name is taken.
    """
    TASKS.register(name, entry)


def register_expert(name: str, create: CreateExpert) -> None:
    """Make an expert available under a name.

    Args:
        name: What `expert.name` says.
        create: Builds the expert for a configuration.

    Raises:
        ValueError: If the name is taken.
    """
    EXPERTS.register(name, create)


def list_tasks() -> tuple[str, ...]:
    """Return the names of the tasks, sorted."""
    return TASKS.names


def list_experts() -> tuple[str, ...]:
    """Return the names of the experts, sorted."""
    return EXPERTS.names


def task_cabinets(task: str, *, is_held_out: bool = False) -> CabinetsConfig:
    """Return all cabinets of a task's training or held-out set.

    Raises:
        ConfigurationError: If there is no such task.
    """
    entry = TASKS.lookup(task)
    name, count = entry.held_out if is_held_out else entry.train
    return CabinetsConfig(set=name, count=count)


def create_robot(config: EnvironmentConfig) -> Robot:
    """Return the robot of a configuration, as its actions move it."""
    step = config.robot.action_speed * config.control_timestep
    return Robot(PANDA, step, config.robot.start_noise)


def _opening(rules: Rules) -> Callable[[EnvironmentConfig], Task]:
    return lambda config: OpenCabinet(
        create_robot(config), rules, config.robot.original_observation
    )


def _pulling(until: float, taper: float) -> CreateExpert:
    return lambda config: CabinetExpert(
        create_robot(config), config.control_timestep, pull_until=until, pull_taper=taper
    )


def _scripted(config: EnvironmentConfig) -> Expert:
    if config.expert.checkpoint is not None:
        raise ConfigurationError(
            "expert.checkpoint",
            f"belongs to `learned` experts, got {config.expert.checkpoint!r} for 'scripted'.",
        )
    return TASKS.lookup(config.task).expert(config)


def _learned(config: EnvironmentConfig) -> Expert:
    if config.expert.checkpoint is None:
        raise ConfigurationError(
            "expert.checkpoint", "must be a checkpoint of `spawnnet-sim train-expert`, got none."
        )
    return load_learned_expert(
        Path(config.expert.checkpoint),
        create_robot(config).spec,
        task=config.task,
        control_frequency=config.control_frequency,
        action_speed=config.robot.action_speed,
    )


register_engine("mujoco", MUJOCO)
register_expert("scripted", _scripted)
register_expert("learned", _learned)
register_task(
    "open_drawer",
    TaskEntry(
        task=_opening(DrawerRules()),
        expert=_pulling(until=0.20, taper=0.05),
        joint="slide",
        train=("drawer-train-v1", 21),
        held_out=("drawer-held-out-v1", 12),
    ),
)
register_task(
    "open_door",
    TaskEntry(
        task=_opening(DoorRules()),
        expert=_pulling(until=0.10, taper=0.03),
        joint="hinge",
        train=("door-train-v1", 21),
        held_out=("door-held-out-v1", 8),
    ),
)
