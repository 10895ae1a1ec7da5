"""What the part of a batch that one process has weighs in the whole."""

from __future__ import annotations

from typing import NamedTuple, Self

import torch
from torch import Tensor

from spawnnet_jobs.together.collectives import total
from spawnnet_jobs.together.ranks import size
from spawnnet_train.student.batch import Batch


class BatchPart(NamedTuple):
    """Shares of the part that this process has; None where it has the whole batch.

    The loss of a batch is a mean over the steps that are no padding, and ranks have unequal
    numbers of them: sums of all ranks over the count of all ranks are what one process computes.

    Attributes:
        num_samples: Samples of the whole batch.
        steps: Share of the steps that are no padding, a scalar.
        samples: Share of the samples, a scalar; 0 of a part that is padding alone.
    """

    num_samples: int
    steps: Tensor | None = None
    samples: Tensor | None = None

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """Count the steps and samples of a part, and those of the parts of other processes."""
        if size() == 1:
            return cls(len(batch.mask))
        has_steps = batch.mask.any()
        own = torch.stack([batch.mask.sum(), has_steps * len(batch.mask)]).float()
        whole = total(own)
        steps, samples = own / whole.clamp(min=1)
        return cls(int(whole[1]), steps, samples)

    @property
    def counts(self) -> bool:
        """Whether there is anything but padding."""
        return self.samples is None or bool(self.samples > 0)

    def objective(self, loss: Tensor, target_loss: Tensor | None) -> Tensor:
        """Return what this process minimises, so that the mean over processes is the whole's.

        Args:
            loss: Mean over the steps of this part.
            target_loss: Mean over its samples, if any.
        """
        if self.steps is None or self.samples is None:
            return loss if target_loss is None else loss + target_loss
        weighed = loss * (size() * self.steps)
        if target_loss is None:
            return weighed
        return weighed + target_loss * (size() * self.samples)

    def whole(self, loss: Tensor) -> Tensor:
        """Return the loss of the whole batch, without gradient, from that of this part."""
        return loss.detach() if self.steps is None else total(loss.detach() * self.steps)
