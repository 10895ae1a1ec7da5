"""The tasks and engines that a configuration can name; more can be registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from spawnnet_sim.cabinets.partnet.lists import PARTNET_ALL
from spawnnet_sim.config import CabinetsConfig, EnvironmentConfig
from spawnnet_sim.experts.expert import CabinetExpert, Expert, Pull
from spawnnet_sim.experts.smooth import SmoothExpert
from spawnnet_sim.isaacgym.engine import ISAAC_GYM
from spawnnet_sim.mujoco.engine import MUJOCO
from spawnnet_sim.physics.engines import register_engine
from spawnnet_sim.registry import Registry, require_known
from spawnnet_sim.robots.control import Control, JointControl, TipControl
from spawnnet_sim.robots.robot import Robot
from spawnnet_sim.scenes import SCENES
from spawnnet_sim.tasks.task import DoorRules, DrawerRules, OpenCabinet, Rules, Task

CreateExpert = Callable[[EnvironmentConfig], Expert]


@dataclass(frozen=True)
class TaskEntry:
    """What is registered for a task.

    Attributes:
        task: Builds its rules.
        experts: Build its own experts, by their names.
        joint: Kind of joint of the cabinets it is for.
        train: Name of its set of training cabinets and how many belong to it.
        held_out: The same for the held-out ones.
    """

    task: Callable[[EnvironmentConfig], Task]
    experts: Mapping[str, CreateExpert]
    joint: Literal["slide", "hinge"]
    train: tuple[str, int]
    held_out: tuple[str, int]


SPLITS = ("training", "new", "held_out")
NEW_CABINETS = 1_000_000  # of a training set: those from this one on are for no training

TASKS: Registry[TaskEntry] = Registry("task")


def register_task(name: str, entry: TaskEntry) -> None:
    """Make a task available under a name.

    Raises:
        ValueError: If the name is taken.
    """
    TASKS.register(name, entry)


def list_tasks() -> tuple[str, ...]:
    """Return the names of the tasks, sorted."""
    return TASKS.names


def cabinet_set(config: EnvironmentConfig) -> str:
    """Return the name of the set of cabinets, which follows the task where it is not said.

    Raises:
        ConfigurationError: If the task does not exist.
    """
    if config.cabinets.set is not None:
        return config.cabinets.set
    return PARTNET_ALL if config.cabinets.folder is not None else TASKS.lookup(config.task).train[0]


def task_cabinets(task: str, *, split: str = "training") -> CabinetsConfig:
    """Return the cabinets of one of a task's splits.

    Args:
        task: One of `list_tasks`.
        split: `training`; `new`, others of the training family; or `held_out`, of another family.
            The latter two tell memorising from a gap between families. Generated sets go on for
            ever: take more with a larger `count`.

    Raises:
        ConfigurationError: If there is no such task or split.
    """
    entry = TASKS.lookup(task)
    require_known(split, SPLITS, "split")
    name, count = entry.held_out if split == "held_out" else entry.train
    return CabinetsConfig(set=name, first=NEW_CABINETS if split == "new" else 0, count=count)


def create_robot(config: EnvironmentConfig) -> Robot:
    """Return the robot of a configuration, as its actions move it."""
    robot, timestep = config.robot, config.control_timestep
    spec = SCENES.lookup(config.scene).robots[TASKS.lookup(config.task).joint]
    control: Control = TipControl(spec, timestep)
    if robot.control == "joints":
        control = JointControl(spec, robot.action_speed * timestep, timestep)
    return Robot(spec, control, robot.proprioception, robot.start_noise)


def _opening(rules: Rules) -> Callable[[EnvironmentConfig], Task]:
    return lambda config: OpenCabinet(
        create_robot(config), rules, config.robot.original_observation
    )


def _pulling(pull: Pull) -> dict[str, CreateExpert]:
    return {
        "scripted": lambda config: CabinetExpert(create_robot(config), pull),
        "smooth": lambda config: SmoothExpert(create_robot(config), pull),
    }


register_engine("mujoco", MUJOCO)
register_engine("isaacgym", ISAAC_GYM)
register_task(
    "open_drawer",
    TaskEntry(
        task=_opening(DrawerRules()),
        experts=_pulling(Pull(until=0.20, taper=0.05)),
        joint="slide",
        train=("drawer-train-v1", 21),
        held_out=("drawer-held-out-v1", 12),
    ),
)
register_task(
    "open_door",
    TaskEntry(
        task=_opening(DoorRules()),
        experts=_pulling(Pull(until=0.10, taper=0.03)),
        joint="hinge",
        train=("door-train-v1", 21),
        held_out=("door-held-out-v1", 8),
    ),
)
