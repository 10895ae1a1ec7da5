"""Augmented batches from a replay buffer, which keeps images as they were seen."""

from __future__ import annotations

from typing import final

from torch import Tensor

from spawnnet_data import Augmentation
from spawnnet_train.algorithms.algorithm import RunSettings
from spawnnet_train.algorithms.dagger.replay import with_features
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student


@final
class BatchAugmentation:
    """Changes the images of batches as `train.augmentation` says, and their features with them.

    Args:
        run: Says what is drawn; the seed decides the draws.
        student: Whose frozen backbone sees the changed images, as the features kept are of others.
    """

    def __init__(self, run: RunSettings, student: Student) -> None:
        self._student = student
        self._frozen_format = run.student.frozen_format
        config = run.train.augmentation
        self._augmentation = None if config is None else Augmentation(config, run.seed)

    def __call__(self, batch: Batch, period: int, samples: Tensor) -> Batch:
        """Return a batch with the draws of its samples; as it is without any.

        Args:
            batch: On the student's device.
            period: Of the run.
            samples: `(B,)`, on the CPU: numbers of the samples among those drawn in the period.
        """
        if self._augmentation is None:
            return batch
        observation = batch.stack.observation
        rgb, depth = self._augmentation(
            observation["rgb"],
            observation.get("depth"),
            epoch=period,
            samples=samples.numpy(),
        )
        changed = {"rgb": rgb} if depth is None else {"rgb": rgb, "depth": depth}
        batch = batch._replace(stack=FrameStack({**observation, **changed}, ()))
        return with_features(batch, self._student.encoder, self._frozen_format)
