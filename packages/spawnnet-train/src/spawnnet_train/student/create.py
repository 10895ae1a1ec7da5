"""Build the student of a run."""

from __future__ import annotations

from typing import Protocol

import torch

from spawnnet_config.choices import Named, options
from spawnnet_encoders import create_encoder
from spawnnet_policies import NormalizedPolicy, Policy, create_policy
from spawnnet_train.config.errors import ConfigError, building
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.normalization import Bounds, action_range
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.student.student import Student
from spawnnet_train.student.targets import PrivilegedTargetsConfig, TargetHeads


class StudentSettings(Protocol):
    """What of a run's configuration decides its student."""

    @property
    def seed(self) -> int:
        """Decides the weights."""

    @property
    def encoder(self) -> Named:
        """The encoder's name and options."""

    @property
    def policy(self) -> Named:
        """The policy's name and options."""

    @property
    def student(self) -> StudentConfig:
        """What the student sees and how far ahead it plans."""


def create_student(config: StudentSettings, spec: StudentSpec, device: torch.device) -> Student:
    """Build the student for what it sees and does.

    Everything random about it, the weights of a `random` backbone too, follows from `config.seed`.

    Raises:
        ConfigError: If weights cannot be had or an optional dependency is missing.
    """
    torch.manual_seed(config.seed)
    with building("encoder"):
        encoder = create_encoder(
            config.encoder.name,
            num_views=len(spec.views),
            image_size=spec.image_size,
            num_frames=config.student.num_frames,
            proprioception_dim=spec.proprioception_dim if config.student.proprioception else 0,
            has_depth=spec.has_depth,
            **options(config.encoder),
        )
    heads = _create_targets(config.student.privileged_targets, encoder.output_dim)
    told = sum(heads.widths) if heads is not None and heads.config.to_policy else 0
    with building("policy"):
        policy = _create_policy(config, spec, encoder.output_dim + told)
    student = Student(encoder, policy, heads)
    if config.student.proprioception and spec.proprioception is not None:
        mode = config.student.normalization.proprioception
        student.proprioception.fit(spec.proprioception, mode)
    return student.to(device)


def _create_targets(config: PrivilegedTargetsConfig | None, feature_dim: int) -> TargetHeads | None:
    if config is None:
        return None
    with torch.random.fork_rng(devices=[]):  # what comes after is as random as without them
        return TargetHeads(config, feature_dim)


def _create_policy(config: StudentSettings, spec: StudentSpec, feature_dim: int) -> Policy:
    """Return a policy whose network sees normalised actions, where that is asked for."""

    def create(bounds: Bounds) -> Policy:
        return create_policy(
            config.policy.name,
            feature_dim=feature_dim,
            action_bounds=bounds,
            action_horizon=config.student.action_horizon,
            **options(config.policy),
        )

    mode = config.student.normalization.actions
    if mode == "none":
        return create(spec.action_bounds)
    if spec.actions is None:
        message = "there are no demonstrated actions to take it from, set it to none."
        raise ConfigError([f"student.normalization.actions: {message}"])
    demonstrated = spec.actions.minimum, spec.actions.maximum
    policy = create(action_range(spec.actions, mode))
    return NormalizedPolicy(policy, spec.action_bounds, demonstrated)
