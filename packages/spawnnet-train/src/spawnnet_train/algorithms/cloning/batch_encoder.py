"""From batches of demonstrations to batches for a student."""

from __future__ import annotations

from typing import final

from torch import Tensor

from spawnnet_data import Batch as ImageBatch
from spawnnet_encoders import FeatureStore
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student


@final
class BatchEncoder:
    """Turns batches of images into batches for the student, with frozen features kept.

    Args:
        student: Whose device the batches go to.
        store: Computes and keeps the features of the data set that the batches are from.
    """

    def __init__(self, student: Student, store: FeatureStore) -> None:
        self._device = student.device
        self._store = store

    def __call__(self, batch: ImageBatch) -> Batch:
        """Return the batch on the student's device."""
        moved = batch.to(self._device, non_blocking=True)
        features = self.features(batch.rgb, batch.image_ids)
        stacked = tuple(part[moved.frames] for part in features)  # (N, V, ...) -> (B, F, V, ...)
        return Batch(FrameStack(moved.observation(), stacked), moved.actions, moved.mask)

    def features(self, rgb: Tensor, image_ids: Tensor | None) -> tuple[Tensor, ...]:
        """Return `(N, V, ...)` each, the features of images; see `FeatureStore.features`."""
        return self._store.features(rgb, image_ids)
