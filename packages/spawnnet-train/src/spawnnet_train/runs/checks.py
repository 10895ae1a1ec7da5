"""Checks across sections, before anything is built: names, sizes and layers that must fit."""

from __future__ import annotations

from collections.abc import Callable

import torch

from spawnnet_encoders import check_encoder
from spawnnet_sim import check_environment
from spawnnet_train.config.errors import ConfigError, below
from spawnnet_train.config.registered import options
from spawnnet_train.runs.run_config import BehaviorCloningRun, RunConfig, SimulationConfig


def check(config: RunConfig | BehaviorCloningRun) -> None:
    """Raise a `ConfigError` with every problem that building the run would meet.

    Nothing is built: no simulator is started, no weights are read.
    """
    simulation = config.simulation
    problems = [
        *(_check_simulation(simulation) if simulation is not None else ()),
        *_check_algorithm(config),
        *_problem("", lambda: _check_device(config.device)),
    ]
    if problems:
        raise ConfigError(problems)


def _check_algorithm(config: RunConfig | BehaviorCloningRun) -> list[str]:
    if isinstance(config, RunConfig):
        return [
            *_problem("", lambda: _check_encoder(config)),
            *_problem("", lambda: _check_horizon(config)),
        ]
    return [
        *_problem("", lambda: _check_cloned_encoder(config)),
        *_problem("", lambda: _check_cameras(config)),
    ]


def _problem(section: str, run_check: Callable[[], None]) -> list[str]:
    """Return what a library's check complains about, with the section in front of its path."""
    try:
        run_check()
    except ValueError as error:
        return [below(section, str(error))]
    return []


def _check_simulation(simulation: SimulationConfig) -> list[str]:
    """Return what is wrong with the training cells, else with the held-out ones."""
    return _problem("simulation", lambda: check_environment(simulation)) or _problem(
        "simulation.held_out", lambda: check_environment(simulation.for_held_out())
    )


def _check_encoder(config: RunConfig) -> None:
    if not config.simulation.cameras:
        raise ValueError("simulation.cameras: a student needs at least one camera, got none.")
    try:
        check_encoder(
            config.encoder.name,
            num_views=len(config.simulation.cameras),
            image_size=config.simulation.image_size,
            num_frames=config.student.num_frames,
            **options(config.encoder),
        )
    except ValueError as error:
        # The size of images is an argument of the encoder, but a setting of the simulation.
        section = "simulation" if str(error).startswith("image_size") else "encoder"
        raise ValueError(below(section, str(error))) from None


def _check_cloned_encoder(config: BehaviorCloningRun) -> None:
    keys = config.demonstrations.keys
    if keys.image_size is None:
        return  # the files tell, and building checks
    try:
        check_encoder(
            config.encoder.name,
            num_views=len(keys.views),
            image_size=keys.image_size,
            num_frames=config.student.num_frames,
            **options(config.encoder),
        )
    except ValueError as error:
        is_size = str(error).startswith("image_size")
        section = "demonstrations.keys" if is_size else "encoder"
        raise ValueError(below(section, str(error))) from None


def _check_cameras(config: BehaviorCloningRun) -> None:
    views, simulation = tuple(config.demonstrations.keys.views), config.simulation
    if simulation is not None and simulation.cameras != views:
        raise ValueError(
            f"simulation.cameras: must be the views of the demonstrations, in their order, "
            f"{list(views)}, got {list(simulation.cameras)}."
        )


def _check_horizon(config: RunConfig) -> None:
    horizon, steps = config.student.action_horizon, config.simulation.episode_steps
    if horizon > steps:
        raise ValueError(
            f"student.action_horizon: must be at most `simulation.episode_steps`, "
            f"got {horizon} and {steps}."
        )


def _check_device(device: str) -> None:
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"device: {device!r} is not available here, torch sees no CUDA device.")
