"""The student of behaviour cloning: built from what is known of the demonstrations.

Normalisation is part of the student, as buffers: it takes proprioception and gives actions in the
units of the files. So data, metrics, checkpoint and robot share one set of units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from spawnnet_encoders import create_encoder
from spawnnet_policies import NormalizedPolicy, Policy, create_policy
from spawnnet_train.algorithms.cloning.bc_data import Bounds, DemonstrationSpec
from spawnnet_train.config.registered import options
from spawnnet_train.runs.assembly import building
from spawnnet_train.student.normalization import Normalization, Normalizer
from spawnnet_train.student.student import Student

if TYPE_CHECKING:
    from spawnnet_train.runs.run_config import BehaviorCloningRun


def create_cloned_student(
    config: BehaviorCloningRun, spec: DemonstrationSpec, device: torch.device
) -> Student:
    """Build a student for the observations and actions of demonstrations.

    Everything random about it follows from `config.seed`.

    Raises:
        ConfigError: If weights cannot be had or an optional dependency is missing.
    """
    torch.manual_seed(config.seed)
    normalization = Normalization(spec.statistics, config.normalization)
    with building("encoder"):
        encoder = create_encoder(
            config.encoder.name,
            num_views=len(spec.views),
            image_size=spec.image_size,
            num_frames=config.student.num_frames,
            proprioception_dim=spec.proprioception_dim if config.student.proprioception else 0,
            **options(config.encoder),
        )
    with building("policy"):
        policy = _create_policy(config, spec, normalization.actions, encoder.output_dim)
    student = Student(encoder, policy)
    if config.student.proprioception:
        normalizer = normalization.proprioception
        student.standardization.mean.copy_(torch.from_numpy(normalizer.offset))
        student.standardization.std.copy_(torch.from_numpy(normalizer.scale))
    return student.to(device)


def _create_policy(
    config: BehaviorCloningRun, spec: DemonstrationSpec, normalizer: Normalizer, feature_dim: int
) -> Policy:
    """Return a policy whose network sees normalised actions."""

    def create(bounds: Bounds) -> Policy:
        return create_policy(
            config.policy.name,
            feature_dim=feature_dim,
            action_bounds=bounds,
            action_horizon=config.student.action_horizon,
            **options(config.policy),
        )

    if config.normalization.actions == "none":
        return create(spec.action_bounds)
    low, high = normalizer.offset - normalizer.scale, normalizer.offset + normalizer.scale
    return NormalizedPolicy(create((tuple(low.tolist()), tuple(high.tolist()))), spec.action_bounds)
