"""From a configuration to environments and experts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.expert import DrawerExpert, Expert
from spawnnet_sim.procedural import SETS, generate_cabinets
from spawnnet_sim.registry import Registry
from spawnnet_sim.task import OpenDrawer, Task


@dataclass(frozen=True)
class TaskEntry:
    """What is registered for a task.

    Attributes:
        task: Builds its rules.
        expert: Builds its scripted expert.
        train: Its set of training cabinets and how many belong to it.
        held_out: The same for the held-out ones.
    """

    task: Callable[[EnvironmentConfig], Task]
    expert: Callable[[EnvironmentConfig], Expert]
    train: tuple[str, int]
    held_out: tuple[str, int]


TASKS: Registry[TaskEntry] = Registry("task")


def _step(config: EnvironmentConfig) -> float:
    return config.action_speed * config.control_timestep


TASKS.register(
    "open_drawer",
    TaskEntry(
        task=lambda config: OpenDrawer(_step(config), config.start_noise),
        expert=lambda config: DrawerExpert(_step(config), config.control_timestep),
        train=("drawer-train-v1", 21),
        held_out=("drawer-held-out-v1", 12),
    ),
)


def list_tasks() -> tuple[str, ...]:
    """Return the names of the tasks, sorted."""
    return TASKS.names


def list_cabinet_sets() -> tuple[str, ...]:
    """Return the names of the sets of cabinets, sorted."""
    return tuple(sorted(SETS))


def check_environment(config: EnvironmentConfig) -> None:
    """Check what the configuration alone cannot, before anything is built.

    Raises:
        ValueError: If the task does not exist; the message starts with the field's name.
    """
    TASKS.lookup(config.task)


def create_environment(config: EnvironmentConfig, *, num_cells: int | None = None) -> CabinetEnv:
    """Build the cells of an environment on MuJoCo.

    Args:
        config: What to build.
        num_cells: Number of cells N; one per cabinet by default. Cell i holds cabinet
            `i % config.num_cabinets`.

    Raises:
        ValueError: If `config.task` or `num_cells` is not valid.
        RuntimeError: If the renderer asked for does not work on this machine.
    """
    from spawnnet_sim.mujoco_physics import MujocoPhysics

    check_environment(config)
    count = config.num_cabinets if num_cells is None else num_cells
    if count < 1:
        raise ValueError(f"`num_cells` must be at least 1, got {count}.")
    known = generate_cabinets(config.cabinets, config.num_cabinets)
    cabinets = [known[cell % len(known)] for cell in range(count)]
    physics = MujocoPhysics(
        cabinets,
        cameras=config.cameras,
        image_size=config.image_size,
        control_timestep=config.control_timestep,
        renderer=config.renderer,
    )
    return CabinetEnv(
        physics,
        TASKS.lookup(config.task).task(config),
        cabinets=[cabinet.name for cabinet in cabinets],
        views=config.cameras,
        image_size=config.image_size,
        episode_steps=config.episode_steps,
        control_timestep=config.control_timestep,
    )


def create_expert(config: EnvironmentConfig) -> Expert:
    """Return the scripted expert of the configuration's task.

    Raises:
        ValueError: If the task does not exist.
    """
    return TASKS.lookup(config.task).expert(config)
