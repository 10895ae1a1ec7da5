"""The experts that a configuration can name; more can be registered."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from spawnnet_sim.cabinets.partnet.asset import require_clouds
from spawnnet_sim.cabinets.partnet.lists import PARTNET_ALL, PARTNET_LISTS
from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.experts.config import ExpertConfig
from spawnnet_sim.experts.expert import Expert
from spawnnet_sim.experts.learned_expert import load_learned_expert
from spawnnet_sim.experts.original.requirements import (
    SETTINGS,
    require_files,
    require_settings,
    require_task,
)
from spawnnet_sim.extras import import_extra
from spawnnet_sim.registration import TASKS, CreateExpert, cabinet_set, create_robot, list_tasks
from spawnnet_sim.registry import Registry, require_known

CheckExpert = Callable[[EnvironmentConfig], object]
_FIELD = "expert.checkpoint"


def _accept(_: EnvironmentConfig) -> None:
    """Find nothing wrong."""


@dataclass(frozen=True)
class ExpertEntry:
    """What is registered for an expert.

    Attributes:
        create: Builds it for a configuration.
        summary: What it is, in one line.
        check: Raises a `ConfigurationError` for settings that it cannot act with; looks into no
            files, which other machines may not have.
    """

    create: CreateExpert
    summary: str = ""
    check: CheckExpert = _accept


EXPERTS: Registry[ExpertEntry] = Registry("expert.name")


def register_expert(
    name: str, create: CreateExpert, *, summary: str | None = None, check: CheckExpert = _accept
) -> None:
    """Make an expert available under a name.

    Args:
        name: What `expert.name` says.
        create: Builds the expert for a configuration.
        summary: What it is, in one line; by default the first line of the documentation of
            `create`.
        check: Raises a `ConfigurationError` for settings that it cannot act with, without looking
            into files.

    Raises:
        ValueError: If the name is taken.
    """
    documented = inspect.getdoc(create) or ""
    text = documented.partition("\n")[0] if summary is None else summary
    EXPERTS.register(name, ExpertEntry(create, text, check))


def list_experts() -> tuple[str, ...]:
    """Return the names of the experts, sorted."""
    return EXPERTS.names


def expert_summary(name: str) -> str:
    """Return what an expert is, in one line.

    Raises:
        ConfigurationError: If there is no such expert.
    """
    return EXPERTS.lookup(name).summary


def named_expert(text: str) -> ExpertConfig:
    """Return the expert of a name, or the one in a file: `.pt` is the original release's."""
    if text in EXPERTS.names:
        return ExpertConfig(text)
    return ExpertConfig("original" if text.endswith(".pt") else "learned", checkpoint=text)


def _check_of_task(config: EnvironmentConfig) -> None:
    name, file = config.expert.name, config.expert.checkpoint
    if file is not None:
        message = f"belongs to the experts `learned` and `original`, got {file!r} for {name!r}."
        raise ConfigurationError(_FIELD, message)
    require_known(name, TASKS.lookup(config.task).experts, "expert.name")


def _of_task(config: EnvironmentConfig) -> Expert:
    """Return the task's own expert of the name."""
    return TASKS.lookup(config.task).experts[config.expert.name](config)


def _file(config: EnvironmentConfig, what: str) -> Path:
    """Return the expert's file, which is described in case that there is none."""
    if config.expert.checkpoint is None:
        raise ConfigurationError(_FIELD, f"must be {what}, got none.")
    return Path(config.expert.checkpoint)


def _learned_file(config: EnvironmentConfig) -> Path:
    return _file(config, "a checkpoint of `spawnnet-sim train-expert`")


def _learned(config: EnvironmentConfig) -> Expert:
    return load_learned_expert(
        _learned_file(config),
        create_robot(config).spec,
        action_dim=len(TASKS.lookup(config.task).task(config).action_names),
        task=config.task,
        scene=config.scene,
        control=config.robot.control,
        control_frequency=config.control_frequency,
        action_speed=config.robot.action_speed,
    )


def _original_file(config: EnvironmentConfig) -> Path:
    return _file(config, "a file such as `model_16400.pt`")


def _check_original(config: EnvironmentConfig) -> None:
    require_task(_original_file(config), config.task, list_tasks())
    require_settings({path: attrgetter(path)(config) for path in SETTINGS})


def _original(config: EnvironmentConfig) -> Expert:
    import_extra("torch", "expert")
    from spawnnet_sim.experts.original.expert import load_original_expert

    model, cabinets = _original_file(config), config.cabinets
    folder = None if cabinets.folder is None else Path(cabinets.folder)
    require_files(model)
    if folder is not None and cabinet_set(config) in (PARTNET_ALL, *PARTNET_LISTS):
        numbers = range(cabinets.first, cabinets.first + cabinets.count)
        require_clouds(folder, cabinet_set(config), numbers)
    return load_original_expert(model, create_robot(config).spec, folder)


register_expert(
    "scripted",
    _of_task,
    summary="moves in straight lines to the handle, closes, and pulls",
    check=_check_of_task,
)
register_expert(
    "smooth",
    _of_task,
    summary="the same in one gentle motion, which is easier to learn",
    check=_check_of_task,
)
register_expert(
    "learned",
    _learned,
    summary="a network that `spawnnet-sim train-expert` trained",
    check=_learned_file,
)
register_expert(
    "original",
    _original,
    summary="the network of the original release, from its files `model_*.pt` and `CP_*.pt`",
    check=_check_original,
)
