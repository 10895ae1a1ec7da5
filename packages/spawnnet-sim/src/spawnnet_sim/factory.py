"""From a configuration to environments and experts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.cabinets.partnet import list_partnet
from spawnnet_sim.cabinets.partnet_lists import PARTNET_ALL
from spawnnet_sim.cabinets.sources import CABINETS
from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.experts.expert import CabinetExpert, Expert
from spawnnet_sim.experts.learned_expert import load_learned_expert
from spawnnet_sim.physics.physics import Physics
from spawnnet_sim.physics.process_physics import ProcessPhysics
from spawnnet_sim.physics.worker import split_cells
from spawnnet_sim.registry import Registry
from spawnnet_sim.robots.robot import Robot
from spawnnet_sim.tasks.task import DoorRules, DrawerRules, OpenCabinet, Rules, Task


@dataclass(frozen=True)
class TaskEntry:
    """What is registered for a task.

    Attributes:
        task: Builds its rules.
        expert: Builds its scripted expert.
        joint: Kind of joint of the cabinets it is for.
        train: Its set of training cabinets and how many belong to it.
        held_out: The same for the held-out ones.
    """

    task: Callable[[EnvironmentConfig], Task]
    expert: Callable[[EnvironmentConfig], Expert]
    joint: Literal["slide", "hinge"]
    train: tuple[str, int]
    held_out: tuple[str, int]


TASKS: Registry[TaskEntry] = Registry("task")
SCRIPTED = "scripted"  # as `expert` in the configuration: the task's own


def _step(config: EnvironmentConfig) -> float:
    return config.action_speed * config.control_timestep


def _opening(rules: Rules) -> Callable[[EnvironmentConfig], Task]:
    return lambda config: OpenCabinet(
        Robot(_step(config), config.start_noise), rules, config.original_observation
    )


def _pulling(until: float, taper: float) -> Callable[[EnvironmentConfig], Expert]:
    return lambda config: CabinetExpert(
        _step(config), config.control_timestep, pull_until=until, pull_taper=taper
    )


TASKS.register(
    "open_drawer",
    TaskEntry(
        task=_opening(DrawerRules()),
        expert=_pulling(until=0.20, taper=0.05),
        joint="slide",
        train=("drawer-train-v1", 21),
        held_out=("drawer-held-out-v1", 12),
    ),
)
TASKS.register(
    "open_door",
    TaskEntry(
        task=_opening(DoorRules()),
        expert=_pulling(until=0.10, taper=0.03),
        joint="hinge",
        train=("door-train-v1", 21),
        held_out=("door-held-out-v1", 8),
    ),
)


def list_tasks() -> tuple[str, ...]:
    """Return the names of the tasks, sorted."""
    return TASKS.names


def check_environment(config: EnvironmentConfig, *, num_cells: int | None = None) -> None:
    """Check what the configuration alone cannot, before anything is built.

    Args:
        config: What is to be built.
        num_cells: Number of cells N; one per cabinet by default.

    Raises:
        ValueError: If the task does not exist or is not for such cabinets; the message starts with
            the field's name.
        FileNotFoundError: If `config.partnet` is not a folder.
    """
    entry = TASKS.lookup(config.task)
    if config.partnet is not None and not Path(config.partnet).is_dir():
        raise FileNotFoundError(f"`partnet`: no folder {config.partnet!r}.")
    count = config.num_cabinets if num_cells is None else num_cells
    if count < 1:
        raise ValueError(f"`num_cells` must be at least 1, got {count}.")
    _split(config, count)
    joint = CABINETS.lookup(config.cabinets).joint
    if joint not in (entry.joint, None):
        raise ValueError(
            f"`cabinets` {config.cabinets!r} have a {joint}, {config.task!r} needs a {entry.joint}:"
            f" take {entry.train[0]!r} or {entry.held_out[0]!r}."
        )


def create_environment(config: EnvironmentConfig, *, num_cells: int | None = None) -> CabinetEnv:
    """Build the cells of an environment on MuJoCo.

    Args:
        config: What to build.
        num_cells: Number of cells N; one per cabinet by default. Cell i holds cabinet
            `i % config.num_cabinets`.

    Raises:
        ValueError: If `config.task` or `num_cells` is not valid.
        RuntimeError: If the renderer asked for does not work on this machine, or a worker cannot
            start.
    """
    check_environment(config, num_cells=num_cells)
    count = config.num_cabinets if num_cells is None else num_cells
    known = _load_cabinets(config)
    cabinets = [known[cell % len(known)] for cell in range(count)]
    return CabinetEnv(
        _create_physics(config, cabinets),
        TASKS.lookup(config.task).task(config),
        cabinets=[cabinet.name for cabinet in cabinets],
        views=config.cameras,
        image_size=config.image_size,
        episode_steps=config.episode_steps,
        control_timestep=config.control_timestep,
    )


def partnet_config(task: str, folder: Path) -> EnvironmentConfig:
    """Return the configuration of a task with all the PartNet-Mobility assets in a folder.

    Raises:
        FileNotFoundError: If there is no such folder.
        ValueError: If it holds no asset.
    """
    return EnvironmentConfig(
        task=task,
        cabinets=PARTNET_ALL,
        num_cabinets=len(list_partnet(folder)),
        partnet=str(folder),
    )


def create_expert(config: EnvironmentConfig) -> Expert:
    """Return the expert of the configuration: the task's scripted one, or a learned one.

    Raises:
        ValueError: If the task does not exist, or `config.expert` is not a usable checkpoint for
            it.
        ModuleNotFoundError: If a learned one is asked for and the extra `ppo` is not installed.
    """
    entry = TASKS.lookup(config.task)
    if config.expert == SCRIPTED:
        return entry.expert(config)
    return load_learned_expert(Path(config.expert), config)


def _load_cabinets(config: EnvironmentConfig) -> tuple[CabinetSpec, ...]:
    folder = None if config.partnet is None else Path(config.partnet)
    cabinets = CABINETS.lookup(config.cabinets).load(config.num_cabinets, folder)
    joint = TASKS.lookup(config.task).joint
    for cabinet in cabinets:
        if cabinet.joint.kind != joint:
            raise ValueError(
                f"`cabinets`: {cabinet.name!r} has a {cabinet.joint.kind}, {config.task!r} needs a"
                f" {joint}: keep drawers and doors apart."
            )
    return cabinets


def _split(config: EnvironmentConfig, num_cells: int) -> list[range]:
    return split_cells(num_cells, config.workers, config.worker_split) if config.workers else []


def _create_physics(config: EnvironmentConfig, cabinets: Sequence[CabinetSpec]) -> Physics:
    """Return the cells in this process or in workers."""
    options: dict[str, Any] = {
        "cameras": config.cameras,
        "image_size": config.image_size,
        "control_timestep": config.control_timestep,
        "renderer": config.renderer,
        "randomization": config.randomization,
    }
    if config.workers:
        return ProcessPhysics(
            cabinets,
            _split(config, len(cabinets)),
            timeout=config.worker_timeout,
            restart=config.restart_workers,
            options=options,
        )
    from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics

    return MujocoPhysics(cabinets, **options)
