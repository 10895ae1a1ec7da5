"""Build what a configuration describes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from gymnasium import spaces

from spawnnet_encoders import create_encoder
from spawnnet_policies import create_policy
from spawnnet_sim import (
    CabinetEnv,
    EnvironmentConfig,
    Expert,
    create_environment,
    create_expert,
)
from spawnnet_train.config.errors import ConfigError, below
from spawnnet_train.config.registered import options
from spawnnet_train.student.student import Student

if TYPE_CHECKING:
    from spawnnet_train.runs.run_config import BehaviorCloningRun, RunConfig


def create_cells(config: EnvironmentConfig) -> CabinetEnv:
    """Build simulated cells.

    Raises:
        ConfigError: If the renderer that is asked for does not work on this machine.
    """
    with building("simulation"):
        return create_environment(config)


def load_expert(config: EnvironmentConfig) -> Expert:
    """Return the expert that labels states: the task's scripted one, or a learned one.

    Raises:
        ConfigError: If the checkpoint of a learned one does not exist or does not fit.
    """
    with building("simulation"):
        return create_expert(config)


def prepare_torch(config: RunConfig | BehaviorCloningRun) -> torch.device:
    """Seed torch, set its threads, and return the device to compute on."""
    torch.manual_seed(config.seed)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    if config.device != "auto":
        return torch.device(config.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def building(section: str) -> Iterator[None]:
    """Turn what cannot be checked before building into an error of the configuration.

    That is what the machine lacks: a weights file, an optional dependency, a renderer.

    Raises:
        ConfigError: With the path of `section` in front of the original message.
    """
    try:
        yield
    except (OSError, ImportError, RuntimeError, ValueError) as error:
        raise ConfigError([below(section, str(error))]) from error


def create_student(config: RunConfig, environment: CabinetEnv, device: torch.device) -> Student:
    """Build the student for an environment's observations and actions.

    Everything random about it, the weights of a `random` backbone too, follows from `config.seed`.

    Raises:
        ConfigError: If weights cannot be had or an optional dependency is missing.
    """
    torch.manual_seed(config.seed)
    observations, actions = environment.single_observation_space, environment.single_action_space
    assert isinstance(observations, spaces.Dict)
    assert isinstance(actions, spaces.Box)
    num_views, _, height, width = observations["rgb"].shape or ()
    (proprioception_dim,) = observations["proprioception"].shape or ()
    with building("encoder"):
        encoder = create_encoder(
            config.encoder.name,
            num_views=num_views,
            image_size=(height, width),
            num_frames=config.student.num_frames,
            proprioception_dim=proprioception_dim if config.student.proprioception else 0,
            **options(config.encoder),
        )
    with building("policy"):
        policy = create_policy(
            config.policy.name,
            feature_dim=encoder.output_dim,
            action_bounds=(actions.low.tolist(), actions.high.tolist()),
            action_horizon=config.student.action_horizon,
            **options(config.policy),
        )
    return Student(encoder, policy).to(device)
