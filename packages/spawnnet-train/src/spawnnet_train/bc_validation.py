"""How far predictions are from demonstrations: the metrics of the reference, and per dimension."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import final

import torch
from torch import Tensor

from spawnnet_train.student import Batch, Student


@final
class ErrorSums:
    """Sums of squared and absolute errors of the first action and of the whole chunk."""

    def __init__(self, action_dim: int) -> None:
        self._first = torch.zeros(2, action_dim, dtype=torch.float64)
        self._chunk = torch.zeros(2, action_dim, dtype=torch.float64)
        self._num_first = 0
        self._num_chunk = 0

    def add(self, predicted: Tensor, actions: Tensor, mask: Tensor) -> None:
        """Count predictions; what `mask` excludes counts for nothing.

        Args:
            predicted: `(B, T, A)`.
            actions: `(B, T, A)`, demonstrated.
            mask: `(B, T)`, bool.
        """
        # Zeroed by selection: what stands on padding may be NaN.
        errors = torch.where(mask.unsqueeze(-1), predicted - actions, 0).double().cpu()
        both = torch.stack([errors**2, errors.abs()])  # (2, B, T, A)
        self._first += both[:, :, 0].sum(1)
        self._chunk += both.sum((1, 2))
        self._num_first += int(mask[:, 0].sum())
        self._num_chunk += int(mask.sum())

    def metrics(self, split: str, names: Sequence[str]) -> dict[str, float]:
        """Return the means.

        Args:
            split: Name of the set, the end of each metric's name: `val/mse_L1`.
            names: Of the dimensions of an action.
        """
        first = self._first / max(1, self._num_first)
        chunk = self._chunk / max(1, self._num_chunk)
        return {
            f"val/mse_{split}": float(first[0].mean()),
            f"val/abs_{split}": float(first[1].mean()),
            f"val/chunk_mse_{split}": float(chunk[0].mean()),
            f"val/chunk_abs_{split}": float(chunk[1].mean()),
            **{
                f"val/abs_{split}/{name}": float(error)
                for name, error in zip(names, first[1], strict=True)
            },
        }


@torch.no_grad()
def measure(
    student: Student, batches: Iterable[Batch], split: str, names: Sequence[str]
) -> dict[str, float]:
    """Return the errors of a student in evaluation mode on batches.

    A stochastic policy draws from a generator of its own, so that a validation changes nothing in
    the training that it interrupts.
    """
    student.eval()
    generator = torch.Generator(student.device).manual_seed(0)
    sums = ErrorSums(student.policy.action_dim)
    for batch in batches:
        features, _ = student.encode(batch.stack)
        predicted = student.policy.predict(features, generator)
        sums.add(predicted, batch.action_chunk, batch.mask)
    return sums.metrics(split, names)
