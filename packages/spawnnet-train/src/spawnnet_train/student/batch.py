"""What a student is trained on, and what one pass over it gives."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from spawnnet_train.student.frames import FrameStack


class Batch(NamedTuple):
    """Training samples.

    Attributes:
        stack: The frames up to the samples' time steps.
        action_chunk: `(B, T, A)`, float32: the expert's actions from there on.
        mask: `(B, T)`, bool: false after the end of the episode.
        targets: `(B, K)`, float32: the privileged targets, where the student has any.
    """

    stack: FrameStack
    action_chunk: Tensor
    mask: Tensor
    targets: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """Return the batch on `device`."""
        observation, frozen = self.stack
        stack = FrameStack(
            {name: tensor.to(device) for name, tensor in observation.items()},
            tuple(features.to(device) for features in frozen),
        )
        targets = None if self.targets is None else self.targets.to(device)
        return Batch(stack, self.action_chunk.to(device), self.mask.to(device), targets)


class StudentOutput(NamedTuple):
    """What a student in training makes of a batch.

    Attributes:
        loss: Scalar, the policy's.
        features: `(B, D)`, without gradient: what the policy was given, for whoever compares
            predictions with labels.
        target_loss: Scalar that is minimised with it, for a student with privileged targets.
    """

    loss: Tensor
    features: Tensor
    target_loss: Tensor | None = None
