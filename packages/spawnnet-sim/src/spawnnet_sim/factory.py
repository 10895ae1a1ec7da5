"""From a configuration to environments and experts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.cabinets.partnet import list_partnet
from spawnnet_sim.cabinets.partnet_lists import PARTNET_ALL
from spawnnet_sim.cabinets.sources import CABINETS
from spawnnet_sim.config import CabinetsConfig, EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.errors import ConfigurationError, require
from spawnnet_sim.experts.expert import CabinetExpert, Expert, Pull
from spawnnet_sim.experts.learned_expert import load_learned_expert
from spawnnet_sim.experts.smooth import SmoothExpert
from spawnnet_sim.mujoco.config import MujocoConfig
from spawnnet_sim.physics.physics import Physics
from spawnnet_sim.physics.process_physics import ProcessPhysics
from spawnnet_sim.physics.worker import split_envs
from spawnnet_sim.registry import Registry, require_known
from spawnnet_sim.robots.control import Control, JointControl, TipControl
from spawnnet_sim.robots.robot import Robot
from spawnnet_sim.tasks.task import DoorRules, DrawerRules, OpenCabinet, Rules, Task


@dataclass(frozen=True)
class TaskEntry:
    """What is registered for a task.

    Attributes:
        task: Builds its rules.
        experts: Build its scripted experts, by their names.
        joint: Kind of joint of the cabinets it is for.
        train: Its set of training cabinets and how many belong to it.
        held_out: The same for the held-out ones.
    """

    task: Callable[[EnvironmentConfig], Task]
    experts: Mapping[str, Callable[[EnvironmentConfig], Expert]]
    joint: Literal["slide", "hinge"]
    train: tuple[str, int]
    held_out: tuple[str, int]


SPLITS = ("training", "new", "held_out")
NEW_CABINETS = 1_000_000  # of a training set: those from this one on are for no training

TASKS: Registry[TaskEntry] = Registry("task")
EXPERTS: Registry[Callable[[EnvironmentConfig], Expert]] = Registry("expert.name")


def create_robot(config: EnvironmentConfig) -> Robot:
    """Return the robot as a configuration says that it acts, feels and starts."""
    robot, timestep = config.robot, config.control_timestep
    control: Control = TipControl(timestep)
    if robot.control == "joints":
        control = JointControl(robot.action_speed, timestep)
    return Robot(control, robot.proprioception, robot.start_noise)


def _opening(rules: Rules) -> Callable[[EnvironmentConfig], Task]:
    return lambda config: OpenCabinet(
        create_robot(config), rules, config.robot.original_observation
    )


def _pulling(pull: Pull) -> dict[str, Callable[[EnvironmentConfig], Expert]]:
    return {
        "scripted": lambda config: CabinetExpert(create_robot(config).control, pull),
        "smooth": lambda config: SmoothExpert(create_robot(config).control, pull),
    }


TASKS.register(
    "open_drawer",
    TaskEntry(
        task=_opening(DrawerRules()),
        experts=_pulling(Pull(until=0.20, taper=0.05)),
        joint="slide",
        train=("drawer-train-v1", 21),
        held_out=("drawer-held-out-v1", 12),
    ),
)
TASKS.register(
    "open_door",
    TaskEntry(
        task=_opening(DoorRules()),
        experts=_pulling(Pull(until=0.10, taper=0.03)),
        joint="hinge",
        train=("door-train-v1", 21),
        held_out=("door-held-out-v1", 8),
    ),
)


def _create_scripted(config: EnvironmentConfig) -> Expert:
    """Return the expert of that name that the task has."""
    name, known = config.expert.name, TASKS.lookup(config.task).experts
    if config.expert.checkpoint is not None:
        raise ConfigurationError(
            "expert.checkpoint", f"is of `learned` experts, {name!r} has none."
        )
    require_known(name, known, "expert.name")
    return known[name](config)


EXPERTS.register("scripted", _create_scripted)
EXPERTS.register("smooth", _create_scripted)
EXPERTS.register("learned", load_learned_expert)


def list_tasks() -> tuple[str, ...]:
    """Return the names of the tasks, sorted."""
    return TASKS.names


def list_experts() -> tuple[str, ...]:
    """Return the names of the experts, sorted."""
    return EXPERTS.names


def task_cabinets(task: str, *, split: str = "training") -> CabinetsConfig:
    """Return the cabinets of one of a task's splits.

    Args:
        task: One of `list_tasks`.
        split: `training`; `new`, others of the training family; or `held_out`, of another family.
            The pair of the latter tells memorising from a gap between families. All three go on for
            ever: take more with a larger `count`, other ones with another `first`.

    Raises:
        ConfigurationError: If there is no such task or split.
    """
    entry = TASKS.lookup(task)
    require_known(split, SPLITS, "split")
    name, count = entry.held_out if split == "held_out" else entry.train
    return CabinetsConfig(set=name, first=NEW_CABINETS if split == "new" else 0, count=count)


def cabinet_set(config: EnvironmentConfig) -> str:
    """Return the name of the set of cabinets, which follows the task where it is not said.

    Raises:
        ConfigurationError: If the task does not exist.
    """
    if config.cabinets.set is not None:
        return config.cabinets.set
    return PARTNET_ALL if config.cabinets.folder is not None else TASKS.lookup(config.task).train[0]


def check_environment(config: EnvironmentConfig) -> None:
    """Check what the configuration alone cannot, before anything is built.

    Raises:
        ConfigurationError: If a name is unknown, the task is not for such cabinets, a folder is
            missing, or the workers cannot share the environments.
    """
    entry = TASKS.lookup(config.task)
    EXPERTS.lookup(config.expert.name)
    _check_folder(config)
    _split(config)
    name = cabinet_set(config)
    joint = CABINETS.lookup(name).joint
    if joint not in (entry.joint, None):
        raise ConfigurationError(
            "cabinets.set",
            f"the cabinets of {name!r} have a {joint}, {config.task!r} needs a {entry.joint}:"
            f" take {entry.train[0]!r} or {entry.held_out[0]!r}.",
        )


def create_environment(config: EnvironmentConfig) -> CabinetEnv:
    """Build the environments that a configuration describes.

    Raises:
        ConfigurationError: If the configuration is not valid.
        RuntimeError: If the renderer asked for does not work on this machine, or a worker cannot
            start.
    """
    check_environment(config)
    loaded = {
        number: _load_cabinet(config, number)
        for number in range(min(config.env_count, config.cabinets.count))
    }
    cabinets = [loaded[env % len(loaded)] for env in range(config.env_count)]
    return CabinetEnv(
        _create_physics(config, cabinets),
        TASKS.lookup(config.task).task(config),
        cabinets=cabinets,
        load=partial(_load_cabinet, config),
        views=config.cameras.views,
        image_size=config.cameras.image_size,
        episode_steps=config.episode_steps,
        control_timestep=config.control_timestep,
    )


def blind(config: EnvironmentConfig) -> EnvironmentConfig:
    """Return the same configuration without cameras: nothing is drawn."""
    return replace(config, cameras=replace(config.cameras, views=()))


def partnet_config(task: str, folder: Path) -> EnvironmentConfig:
    """Return the configuration of a task with all the PartNet-Mobility assets in a folder.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it holds no asset.
    """
    count = len(list_partnet(folder))
    cabinets = CabinetsConfig(set=PARTNET_ALL, count=count, folder=str(folder))
    return EnvironmentConfig(task=task, cabinets=cabinets)


def create_expert(config: EnvironmentConfig) -> Expert:
    """Return the expert that a configuration names.

    Raises:
        ConfigurationError: If the task or the expert does not exist, or `config.expert.checkpoint`
            is not a usable checkpoint for it.
        ModuleNotFoundError: If a learned one is asked for and the extra `ppo` is not installed.
    """
    TASKS.lookup(config.task)
    return EXPERTS.lookup(config.expert.name)(config)


def _check_folder(config: EnvironmentConfig) -> None:
    name, folder = cabinet_set(config), config.cabinets.folder
    if folder is not None and not Path(folder).is_dir():
        raise ConfigurationError("cabinets.folder", f"there is no folder {folder!r}.")
    if CABINETS.lookup(name).needs_folder != (folder is not None):
        what = "needs a folder of assets" if folder is None else "reads no folder"
        raise ConfigurationError("cabinets.folder", f"the set {name!r} {what}, got {folder!r}.")


def _load_cabinet(config: EnvironmentConfig, number: int) -> CabinetSpec:
    """Return a cabinet of the configuration by its number, from 0 on."""
    chosen = config.cabinets
    require(0 <= number < chosen.count, "cabinets", number, f"in [0, {chosen.count})")
    folder = None if chosen.folder is None else Path(chosen.folder)
    index = chosen.first + number
    (cabinet,) = CABINETS.lookup(cabinet_set(config)).load(range(index, index + 1), folder)
    joint = TASKS.lookup(config.task).joint
    if cabinet.joint.kind != joint:
        raise ConfigurationError(
            "cabinets.set",
            f"{cabinet.name!r} has a {cabinet.joint.kind}, {config.task!r} needs a {joint}:"
            " keep drawers and doors apart.",
        )
    return cabinet


def _split(config: EnvironmentConfig) -> list[range]:
    engine = config.engine
    assert isinstance(engine, MujocoConfig)
    if not engine.workers:
        return []
    return split_envs(config.env_count, engine.workers, engine.worker_split)


def _create_physics(config: EnvironmentConfig, cabinets: Sequence[CabinetSpec]) -> Physics:
    """Return the environments in this process or in workers."""
    engine = config.engine
    assert isinstance(engine, MujocoConfig)
    options: dict[str, Any] = {
        "cameras": config.cameras.views,
        "image_size": config.cameras.image_size,
        "control_timestep": config.control_timestep,
        "renderer": engine.renderer,
        "randomization": config.randomization,
    }
    if engine.workers:
        return ProcessPhysics(
            cabinets,
            _split(config),
            timeout=engine.worker_timeout,
            restart=engine.restart_workers,
            options=options,
        )
    from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics

    return MujocoPhysics(cabinets, **options)
