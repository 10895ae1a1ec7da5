"""The student as it is called in updates: compiled, and the same in several processes."""

from __future__ import annotations

from inspect import signature
from typing import Any, final

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from spawnnet_encoders import synchronize_batch_norms
from spawnnet_jobs.together.ranks import size
from spawnnet_train.learning.batch_part import BatchPart
from spawnnet_train.student.batch import Batch, StudentOutput
from spawnnet_train.student.student import Student

_IS_NEW = "forward_sync_buffers" in signature(DistributedDataParallel).parameters
# Buffers follow from what all processes see, so they need not be sent; before torch 2.14 another.
_OPTIONS: dict[str, Any] = {"forward_sync_buffers" if _IS_NEW else "broadcast_buffers": False}


@final
class TrainedModel:
    """Calls `Student.forward` in training mode.

    Args:
        student: Gets shared batch statistics where several processes train it.
        is_compiled: Whether the forward and the backward pass are compiled.

    Raises:
        ConfigurationError: If something in the student cannot be shared.
    """

    def __init__(self, student: Student, *, is_compiled: bool = False) -> None:
        self._student = student
        self._norms = synchronize_batch_norms(student.train()) if size() > 1 else []
        model: nn.Module = DistributedDataParallel(student, **_OPTIONS) if size() > 1 else student
        self._model = torch.compile(model) if is_compiled else model

    def __call__(self, batch: Batch, part: BatchPart) -> StudentOutput:
        """Return the loss of a batch, or of the part of it that this process has."""
        self._student.train()
        for norm in self._norms:
            norm.counts = part.counts
        output: StudentOutput = self._model(batch)
        return output
