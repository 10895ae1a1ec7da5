"""Checks across sections, before anything is built: names, sizes and layers that must fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

import spawnnet_encoders
from spawnnet_config.choices import options
from spawnnet_encoders import check_encoder
from spawnnet_train.algorithms.algorithm import Sight
from spawnnet_train.algorithms.registry import algorithm_class
from spawnnet_train.config.errors import ConfigError, SettingError, sentence, setting_errors
from spawnnet_train.config.simulator import ConfigurationError, check_environment, check_expert
from spawnnet_train.rollouts.simulation import TRAIN, SimulationConfig
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.student.spec import StudentSpec

# Arguments of an encoder that are settings of where its images come from.
_OF_IMAGES = {"image_size": "image_size", "num_views": "views"}


def check(config: RunConfig) -> None:
    """Raise a `ConfigError` with every problem that building the run would meet.

    Nothing is built: no simulator is started, no weights are read.
    """
    problems = [
        *(() if config.simulation is None else _check_simulation(config, config.simulation)),
        *(_problem("", lambda: _check_algorithm(config)) or _check_encoder(config, _sight(config))),
        *_problem("", lambda: _check_early_stop(config)),
        *_problem("", lambda: _check_device(config.device)),
    ]
    if problems:
        raise ConfigError(problems)


def _problem(section: str, run_check: Callable[[], object]) -> list[str]:
    """Return what a check complains about, with the section in front of its path."""
    try:
        run_check()
    except setting_errors() as error:
        return [sentence(section, error)]
    return []


def _check_simulation(config: RunConfig, simulation: SimulationConfig) -> list[str]:
    """Return what is wrong with the training cabinets, else with other splits and the expert."""
    problems = _problem("simulation", lambda: check_environment(simulation))
    if problems:
        return problems
    if algorithm_class(config.algorithm.name).asks_expert:
        problems = _problem("simulation", lambda: check_expert(simulation))
    return problems + _problem("simulation", lambda: _check_splits(simulation))


def _check_splits(simulation: SimulationConfig) -> None:
    for split, environment in simulation.splits().items():
        try:
            check_environment(environment)
        except ConfigurationError as error:
            # What is wrong with these cabinets was said in the split's own section.
            field = error.field.replace("cabinets", split, 1)
            raise SettingError(field, error.message) from error


def _check_algorithm(config: RunConfig) -> None:
    algorithm_class(config.algorithm.name).check(config.algorithm, config)


def check_seen(config: RunConfig, spec: StudentSpec) -> None:
    """Check the encoder against images whose size the configuration left to the files.

    Raises:
        ConfigError: If it cannot take them.
    """
    sight = _sight(config)
    problems = (
        _check_encoder(config, sight._replace(image_size=spec.image_size))
        if sight.image_size is None
        else []
    )
    if problems:
        raise ConfigError(problems)


def with_depth_decided(config: RunConfig) -> RunConfig:
    """Return a checked configuration whose encoder sees depth or not, where that was `auto`."""
    decide = getattr(config.encoder, "decided", None)  # of encoders that can do without depth
    if decide is None:
        return config
    return replace(config, encoder=decide(has_depth=_sight(config).has_depth))


def _sight(config: RunConfig) -> Sight:
    return algorithm_class(config.algorithm.name).sight(config.algorithm, config)


def _check_encoder(config: RunConfig, sight: Sight) -> list[str]:
    if sight.image_size is None:  # the files tell, see `check_seen`
        return _problem("encoder", lambda: with_depth_decided(config))
    try:
        check_encoder(
            config.encoder.name,
            num_views=len(sight.views),
            image_size=sight.image_size,
            num_frames=config.student.num_frames,
            has_depth=sight.has_depth,
            **options(config.encoder),
        )
    except spawnnet_encoders.ConfigurationError as error:
        if error.field in _OF_IMAGES:
            return [f"{sight.section}.{_OF_IMAGES[error.field]}: {error.message}"]
        return [sentence("encoder", error)]
    return []


def _check_early_stop(config: RunConfig) -> None:
    evaluation, measures = config.evaluation, algorithm_class(config.algorithm.name).measures
    measures = measures or (evaluation.every is not None and TRAIN in evaluation.splits)
    if config.train.early_stop is not None and not measures:
        raise SettingError(
            "train.early_stop",
            "nothing is measured on the way, set `evaluation.every` with `train` in its `splits`.",
        )


def _check_device(device: str) -> None:
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SettingError(
            "device", f"{device!r} is not available here, torch sees no CUDA device."
        )
