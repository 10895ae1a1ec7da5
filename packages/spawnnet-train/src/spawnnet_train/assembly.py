"""Build what a configuration describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from gymnasium import spaces

from spawnnet_encoders import create_encoder
from spawnnet_policies import create_policy
from spawnnet_sim import CabinetEnv
from spawnnet_train.config.registered import options
from spawnnet_train.student import Student

if TYPE_CHECKING:
    from spawnnet_train.config.run_config import RunConfig


def prepare_torch(config: RunConfig) -> torch.device:
    """Seed torch, set its threads, and return the device to compute on."""
    torch.manual_seed(config.seed)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    if config.device != "auto":
        return torch.device(config.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def create_student(config: RunConfig, environment: CabinetEnv, device: torch.device) -> Student:
    """Build the student for an environment's observations and actions.

    Everything random about it, the weights of a `random` backbone too, follows from `config.seed`.
    """
    torch.manual_seed(config.seed)
    observations, actions = environment.single_observation_space, environment.single_action_space
    assert isinstance(observations, spaces.Dict)
    assert isinstance(actions, spaces.Box)
    num_views, _, height, width = observations["rgb"].shape or ()
    (proprioception_dim,) = observations["proprioception"].shape or ()
    encoder = create_encoder(
        config.encoder.name,
        num_views=num_views,
        image_size=(height, width),
        num_frames=config.student.num_frames,
        proprioception_dim=proprioception_dim if config.student.proprioception else 0,
        **options(config.encoder),
    )
    policy = create_policy(
        config.policy.name,
        feature_dim=encoder.output_dim,
        action_bounds=(actions.low.tolist(), actions.high.tolist()),
        action_horizon=config.student.action_horizon,
        **options(config.policy),
    )
    return Student(encoder, policy).to(device)
