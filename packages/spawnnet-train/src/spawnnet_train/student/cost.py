"""What a student takes: bytes of its features, and of the memory of an update."""

from __future__ import annotations

import torch
from torch import Tensor

from spawnnet_encoders import FeatureFormat
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student

_PER_WEIGHT = 4  # gradient, two moments, and an average that may be kept beside the weight itself


def frozen_bytes(features: tuple[Tensor, ...]) -> int:
    """Return the bytes of the features of one time step.

    Args:
        features: `(N, ...)` each.
    """
    return sum(part[0].nbytes for part in features)


@torch.no_grad()
def example_features(student: Student, frozen_format: FeatureFormat) -> tuple[Tensor, ...]:
    """Return the kept features `(1, 1, V, ...)` of one black image of every view."""
    return student.encoder.frozen_features(_black(student), format=frozen_format)


def _black(student: Student) -> Tensor:
    encoder = student.encoder
    shape = (1, 1, encoder.num_views, 3, *encoder.image_size)
    return torch.zeros(shape, dtype=torch.uint8, device=student.device)


def update_bytes(student: Student, features: tuple[Tensor, ...], batch_size: int) -> int:
    """Return the bytes of memory that an update takes, weights and gradients included.

    What the gradient needs is counted on one sample; nothing about the student changes.

    Args:
        student: On its device.
        features: From `example_features`.
        batch_size: B.
    """
    weights = sum(value.nbytes for value in student.state_dict().values())
    trained = sum(parameter.nbytes for parameter in student.trainable_parameters())
    return weights + _PER_WEIGHT * trained + batch_size * _sample_bytes(student, features)


def _sample_bytes(student: Student, features: tuple[Tensor, ...]) -> int:
    kept: dict[int, int] = {}

    def count(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    weights = {value.untyped_storage().data_ptr() for value in student.state_dict().values()}
    was_training = student.training
    student.eval()  # statistics of batches stay as they are
    with torch.random.fork_rng(), torch.autograd.graph.saved_tensors_hooks(count, lambda t: t):
        student(_example(student, features))
    student.train(was_training)
    return sum(nbytes for place, nbytes in kept.items() if place not in weights)


def _example(student: Student, features: tuple[Tensor, ...]) -> Batch:
    """Return a batch of one sample of zeros."""
    encoder, policy, device = student.encoder, student.policy, student.device
    F = encoder.num_frames
    rgb = _black(student).expand(-1, F, -1, -1, -1, -1)  # (1, F, V, 3, H, W)
    observation = {
        "rgb": rgb,
        "depth": torch.ones(rgb[:, :, :, :1].shape, device=device),
        "proprioception": torch.zeros(1, F, encoder.proprioception_dim, device=device),
    }
    frozen = tuple(part.expand(-1, F, *part.shape[2:]) for part in features)
    actions = torch.zeros(1, policy.action_horizon, policy.action_dim, device=device)
    mask = torch.ones(actions.shape[:2], dtype=torch.bool, device=device)
    return Batch(FrameStack(observation, frozen), actions, mask)
