"""Batch normalisation over the samples of all processes, on any device.

torch's own `SyncBatchNorm` works on GPUs only.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn.modules.batchnorm import _BatchNorm

from spawnnet_config import SettingError

_KNOWN = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@final
class SynchronizedBatchNorm(_BatchNorm):
    """Takes over the weights and statistics of a normalisation, and their names.

    Args:
        norm: What it replaces.

    Attributes:
        counts: Whether the samples of this process are any; padding changes no statistics.
    """

    def __init__(self, norm: _BatchNorm) -> None:
        super().__init__(norm.num_features, norm.eps, norm.momentum, norm.affine)
        self.weight, self.bias = norm.weight, norm.bias
        self.running_mean, self.running_var = norm.running_mean, norm.running_var
        self.num_batches_tracked = norm.num_batches_tracked
        self.counts = True

    @torch.compiler.disable
    def forward(self, x: Tensor) -> Tensor:
        """Return `x` `(n, C, ...)` normalised over everything but C, and over all processes."""
        if not self.training:
            return super().forward(x)
        axes = [axis for axis in range(x.ndim) if axis != 1]
        shape = [1, -1, *[1] * (x.ndim - 2)]

        def summed(values: Tensor) -> Tensor:
            """Return sums `(C,)`."""
            part: Tensor = all_reduce(values.sum(axes) * float(self.counts))
            return part

        num = summed(torch.ones_like(x[:, :1])).clamp(min=1)  # (1,)
        mean = summed(x) / num
        centred = x - mean.view(shape)
        variance = summed(centred.square()) / num
        self._track(mean.detach(), variance.detach() * num / (num - 1).clamp(min=1))
        scale = torch.rsqrt(variance + self.eps) * self.weight
        return centred * scale.view(shape) + self.bias.view(shape)

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor) -> None:
        """Move the statistics of evaluation towards those of a batch."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)

    def _check_input_dim(self, x: Tensor) -> None:
        """Take any shape."""


def synchronize_batch_norms(module: nn.Module) -> list[SynchronizedBatchNorm]:
    """Replace what normalises batches within a module and return what took its place.

    Args:
        module: In training mode, but for what is frozen, which stays as it is.

    Raises:
        SettingError: If there is one of another kind, as in some networks that are not frozen.
    """
    replaced: list[SynchronizedBatchNorm] = []
    for name, child in module.named_children():
        if not (child.training and isinstance(child, _BatchNorm)):
            replaced += synchronize_batch_norms(child)
            continue
        if type(child) not in _KNOWN:
            kind = type(child).__name__
            message = f"normalisation by {kind} is not shared by processes, train with one."
            raise SettingError("encoder", message)
        replaced.append(SynchronizedBatchNorm(child))
        setattr(module, name, replaced[-1])
    return replaced
