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
    """

    stack: FrameStack
    action_chunk: Tensor
    mask: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on `device`."""
        observation, frozen = self.stack
        stack = FrameStack(
            {name: tensor.to(device) for name, tensor in observation.items()},
            tuple(features.to(device) for features in frozen),
        )
        return Batch(stack, self.action_chunk.to(device), self.mask.to(device))


class StudentOutput(NamedTuple):
    """What a student in training makes of a batch.

    Attributes:
        loss: Scalar.
        features: `(B, D)`, without gradient: what the policy was given, for whoever compares
            predictions with labels.
    """

    loss: Tensor
    features: Tensor
