"""From a configuration to environments and experts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import difflib

from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.expert import DrawerExpert, Expert
from spawnnet_sim.procedural import SETS, generate_cabinets
from spawnnet_sim.task import OpenDrawer, Task


@dataclass(frozen=True)
class _Entry:
    task: Callable[[EnvironmentConfig], Task]
    expert: Callable[[EnvironmentConfig], Expert]


def _step(config: EnvironmentConfig) -> float:
    return config.action_speed * config.control_timestep


_TASKS = {
    "open_drawer": _Entry(
        lambda config: OpenDrawer(_step(config), config.start_noise),
        lambda config: DrawerExpert(_step(config), config.control_timestep),
    ),
}


def list_tasks() -> tuple[str, ...]:
    """Return the names of the tasks, sorted."""
    return tuple(sorted(_TASKS))


def list_cabinet_sets() -> tuple[str, ...]:
    """Return the names of the sets of cabinets, sorted."""
    return tuple(sorted(SETS))


def check_environment(config: EnvironmentConfig) -> None:
    """Check what the configuration alone cannot, before anything is built.

    Raises:
        ValueError: If the task does not exist; the message starts with the field's name.
    """
    if config.task not in _TASKS:
        close = difflib.get_close_matches(config.task, _TASKS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"`task` is unknown: {config.task!r}.{hint} Known: {', '.join(list_tasks())}.")


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
        _TASKS[config.task].task(config),
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
    check_environment(config)
    return _TASKS[config.task].expert(config)
