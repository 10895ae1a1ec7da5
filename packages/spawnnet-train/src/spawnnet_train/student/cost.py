"""What a student takes: bytes of its features, and of the memory of an update."""

from __future__ import annotations

import torch
from torch import Tensor

from spawnnet_encoders import FeatureFormat
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student

_PER_WEIGHT = 4  # gradient, two moments, and an average that may be kept beside the weight itself


def frozen_bytes(student: Student, frozen_format: FeatureFormat) -> int:
    """Return the bytes of the kept features of one time step."""
    return sum(part.nbytes for part in student.encoder.frozen_outline(format=frozen_format))


def update_bytes(student: Student, batch_size: int) -> int:
    """Return the bytes of memory that an update takes, weights and gradients included.

    What the gradient needs is counted on one sample of zeros; nothing about the student changes,
    and the backbone does not run.
    """
    weights: int = sum(value.nbytes for value in student.state_dict().values())
    trained: int = sum(parameter.nbytes for parameter in student.trainable_parameters())
    return weights + _PER_WEIGHT * trained + batch_size * _sample_bytes(student)


def _sample_bytes(student: Student) -> int:
    kept: dict[int, int] = {}

    def count(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    weights = {value.untyped_storage().data_ptr() for value in student.state_dict().values()}
    was_training = student.training
    student.eval()  # statistics of batches stay as they are
    with torch.random.fork_rng(), torch.autograd.graph.saved_tensors_hooks(count, lambda t: t):
        student(example_batch(student))
    student.train(was_training)
    return sum(nbytes for place, nbytes in kept.items() if place not in weights)


def example_batch(student: Student, B: int = 1) -> Batch:
    """Return a batch of B samples of zeros, with frozen features."""
    encoder, policy, device = student.encoder, student.policy, student.device
    F = encoder.num_frames
    images = (B, F, encoder.num_views, 3, *encoder.image_size)
    rgb = torch.zeros(images, dtype=torch.uint8, device=device)
    observation = {
        "rgb": rgb,
        "depth": torch.ones(rgb[:, :, :, :1].shape, device=device),
        "proprioception": torch.zeros(B, F, encoder.proprioception_dim, device=device),
    }
    frozen = tuple(
        torch.zeros(B, F, *part.shape[2:], device=device) for part in encoder.frozen_outline()
    )
    actions = torch.zeros(B, policy.action_horizon, policy.action_dim, device=device)
    mask = torch.ones(actions.shape[:2], dtype=torch.bool, device=device)
    heads = student.targets
    targets = None if heads is None else torch.zeros(B, sum(heads.widths), device=device)
    return Batch(FrameStack(observation, frozen), actions, mask, targets)
