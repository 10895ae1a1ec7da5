"""From a configuration to environments and experts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from spawnnet_sim.cabinets.cabinet import CabinetSpec, ShapeError
from spawnnet_sim.cabinets.partnet.asset import list_partnet
from spawnnet_sim.cabinets.partnet.lists import PARTNET_ALL
from spawnnet_sim.cabinets.sources import CABINETS
from spawnnet_sim.config import CabinetsConfig, EnvironmentConfig
from spawnnet_sim.environment import RENDER_MODES, CabinetEnv
from spawnnet_sim.errors import ConfigurationError, require
from spawnnet_sim.expert_registration import EXPERTS
from spawnnet_sim.experts.expert import Expert
from spawnnet_sim.physics.engines import Use, check_engine, create_physics
from spawnnet_sim.physics.physics import Physics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.registration import TASKS, cabinet_set, create_robot
from spawnnet_sim.registry import require_known
from spawnnet_sim.scenes import SCENES


def check_environment(config: EnvironmentConfig) -> None:
    """Check what the configuration alone cannot, before anything is built.

    Raises:
        ConfigurationError: If a name is unknown, the task is not for such cabinets, a folder is
            missing, or the engine refuses its settings.
    """
    entry = TASKS.lookup(config.task)
    EXPERTS.lookup(config.expert.name)
    engine = check_engine(config.engine, config.env_count)
    engine.check_use(config.engine, Use(config.scene, config.randomization))
    _check_folder(config)
    name = cabinet_set(config)
    joint = CABINETS.lookup(name).joint
    if joint not in (entry.joint, None):
        raise ConfigurationError(
            "cabinets.set",
            f"the cabinets of {name!r} have a {joint}, {config.task!r} needs a {entry.joint}:"
            f" take {entry.train[0]!r} or {entry.held_out[0]!r}.",
        )


def create_environment(
    config: EnvironmentConfig,
    *,
    watch: Callable[[], None] | None = None,
    render_mode: str | None = "rgb_array",
) -> CabinetEnv:
    """Build the environments that a configuration describes.

    Args:
        config: What to build.
        watch: Called for each of the first cabinets, up to `env_count`, when it is loaded.
        render_mode: `rgb_array`, `human` for a window on the first environment, or None.

    Raises:
        ConfigurationError: If the configuration is not valid, or what it asks for does not work on
            this machine.
        WorkerError: If a worker cannot start.
    """
    check_environment(config)
    if render_mode is not None:
        require_known(render_mode, RENDER_MODES, "render_mode")
    return CabinetEnv(
        partial(_start, config, watch or _ignore),
        [env % config.cabinets.count for env in range(config.env_count)],
        TASKS.lookup(config.task).task(config),
        episode_steps=config.episode_steps,
        render_mode=render_mode,
    )


def check_expert(config: EnvironmentConfig) -> None:
    """Check that the expert of a configuration can act with its settings; no file is read.

    Raises:
        ConfigurationError: If the task or the expert does not exist, or the latter is not for such
            settings.
    """
    TASKS.lookup(config.task)
    EXPERTS.lookup(config.expert.name).check(config)


def create_expert(config: EnvironmentConfig) -> Expert:
    """Return the expert that a configuration names.

    Raises:
        ConfigurationError: If the task or the expert does not exist, `config.expert.checkpoint` is
            not a usable checkpoint for it, or a learned one is asked for and the extra `ppo` is not
            installed.
    """
    check_expert(config)
    return EXPERTS.lookup(config.expert.name).create(config)


def blind(config: EnvironmentConfig) -> EnvironmentConfig:
    """Return the same configuration without cameras: nothing is drawn."""
    return replace(config, cameras=replace(config.cameras, views=()))


def partnet_config(task: str, folder: Path) -> EnvironmentConfig:
    """Return the configuration of a task with all the PartNet-Mobility assets in a folder.

    Raises:
        ConfigurationError: If there is no such folder, or it holds no asset.
    """
    count = len(list_partnet(folder))
    cabinets = CabinetsConfig(set=PARTNET_ALL, count=count, folder=str(folder))
    return EnvironmentConfig(task=task, cabinets=cabinets)


def _check_folder(config: EnvironmentConfig) -> None:
    name, folder = cabinet_set(config), config.cabinets.folder
    if folder is not None and not Path(folder).is_dir():
        raise ConfigurationError("cabinets.folder", f"there is no folder {folder!r}.")
    if CABINETS.lookup(name).needs_folder != (folder is not None):
        what = "needs a folder of assets" if folder is None else "reads no folder"
        raise ConfigurationError("cabinets.folder", f"the set {name!r} {what}, got {folder!r}.")


def _ignore() -> None:
    """Watch nothing."""


def _start(config: EnvironmentConfig, watch: Callable[[], None], numbers: Sequence[int]) -> Physics:
    """Start the engine with cabinets of the configuration, given by their numbers from 0 on."""
    template, ball = SCENES.lookup(config.scene), config.randomization.ball
    loaded: dict[int, CabinetSpec] = {}
    for number in sorted(set(numbers)):
        loaded[number] = template.place(_load_cabinet(config, number))
        watch()
    scene = Scene(
        robot=create_robot(config).spec,
        cabinets=[loaded[number] for number in numbers],
        views=config.cameras.views,
        image_size=config.cameras.image_size,
        control_timestep=config.control_timestep,
        randomization=replace(config.randomization, ball=ball or template.has_ball),
        part_drive=template.part_drive,
        physics_frequency=template.physics_frequency,
        ball_depth=template.ball_depth,
    )
    return create_physics(config.engine, scene)


def _load_cabinet(config: EnvironmentConfig, number: int) -> CabinetSpec:
    chosen = config.cabinets
    require(0 <= number < chosen.count, "cabinets.count", chosen.count, f"above number {number}")
    folder = None if chosen.folder is None else Path(chosen.folder)
    index = chosen.first + number
    name = cabinet_set(config)
    try:
        (cabinet,) = CABINETS.lookup(name).load(range(index, index + 1), folder)
    except ShapeError as error:
        raise ConfigurationError(
            "cabinets.set", f"cabinet {index} of {name!r} has {error}."
        ) from error
    joint = TASKS.lookup(config.task).joint
    if cabinet.joint.kind != joint:
        raise ConfigurationError(
            "cabinets.set",
            f"{cabinet.name!r} has a {cabinet.joint.kind}, {config.task!r} needs a {joint}:"
            " keep drawers and doors apart.",
        )
    return cabinet
