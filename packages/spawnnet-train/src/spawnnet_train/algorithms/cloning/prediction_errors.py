"""How far predictions are from demonstrations: the metrics of the reference, and per dimension."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, final

import torch
from torch import Tensor

from spawnnet_jobs.together.collectives import gather
from spawnnet_policies import Policy
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.student import Student


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

    @property
    def first(self) -> Tensor:
        """Mean squared and mean absolute error of the first actions, `(2, A)`."""
        return self._first / max(1, self._num_first)

    @property
    def chunk(self) -> Tensor:
        """Mean squared and mean absolute error of whole chunks, `(2, A)`."""
        return self._chunk / max(1, self._num_chunk)

    def of_all_processes(self) -> ErrorSums:
        """Return the sums over what every process has counted."""
        summed = ErrorSums(self._first.shape[1])
        for part in gather(self):
            summed._first, summed._chunk = summed._first + part._first, summed._chunk + part._chunk
            summed._num_first += part._num_first
            summed._num_chunk += part._num_chunk
        return summed

    def state(self) -> dict[str, Any]:
        """Return the sums as JSON holds them, exactly."""
        return {
            "first": self._first.tolist(),
            "chunk": self._chunk.tolist(),
            "counts": [self._num_first, self._num_chunk],
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self._first = torch.tensor(state["first"], dtype=torch.float64)
        self._chunk = torch.tensor(state["chunk"], dtype=torch.float64)
        self._num_first, self._num_chunk = state["counts"]


@torch.no_grad()
def predict_apart(policy: Policy, features: Tensor) -> Tensor:
    """Return chunks `(B, T, A)` for features `(B, D)` in a training that this changes nothing in.

    A stochastic policy draws from a generator of its own.
    """
    was_training = policy.training
    policy.eval()
    chunks = policy.predict(features, torch.Generator(features.device).manual_seed(0))
    policy.train(was_training)
    return chunks


def training_metrics(sums: ErrorSums, names: Sequence[str]) -> dict[str, float]:
    """Return the mean errors of an epoch; as in the original `train/mse` is of whole chunks.

    Args:
        sums: Of the predictions that were compared.
        names: Of the dimensions of an action.
    """
    first, chunk = sums.first, sums.chunk
    return {
        "train/mse": float(chunk[0].mean()),
        "train/abs": float(chunk[1].mean()),
        "train/first_mse": float(first[0].mean()),
        "train/first_abs": float(first[1].mean()),
        **_per_dimension("train/abs", names, chunk[1]),
    }


@torch.no_grad()
def measure(
    student: Student, batches: Iterable[Batch], split: str, names: Sequence[str]
) -> dict[str, float]:
    """Return the errors of a student in evaluation mode on batches.

    As in the original, `val/mse_L1` and `val/abs_L1` are of the first action of each chunk.

    Args:
        student: Its training goes on as if there had been no validation.
        batches: Of a validation set.
        split: Name of the set, the end of each metric's name.
        names: Of the dimensions of an action.
    """
    student.eval()
    generator = torch.Generator(student.device).manual_seed(0)
    sums = ErrorSums(student.policy.action_dim)
    for batch in batches:
        features, _ = student.encode(batch.stack)
        predicted = student.policy.predict(features, generator)
        sums.add(predicted, batch.action_chunk, batch.mask)
    first, chunk = sums.first, sums.chunk
    return {
        f"val/mse_{split}": float(first[0].mean()),
        f"val/abs_{split}": float(first[1].mean()),
        f"val/chunk_mse_{split}": float(chunk[0].mean()),
        f"val/chunk_abs_{split}": float(chunk[1].mean()),
        **_per_dimension(f"val/abs_{split}", names, first[1]),
    }


def _per_dimension(title: str, names: Sequence[str], errors: Tensor) -> dict[str, float]:
    return {f"{title}/{name}": float(error) for name, error in zip(names, errors, strict=True)}
