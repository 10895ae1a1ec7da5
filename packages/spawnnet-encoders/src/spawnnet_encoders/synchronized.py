"""Batch normalisation over the samples of all processes that train together, on any device.

torch's own `SyncBatchNorm` works on GPUs only.
"""

from typing import Any, final

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm

from spawnnet_encoders.errors import ConfigurationError

_KNOWN = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@final
class SynchronizedBatchNorm(_BatchNorm):
    """Takes over the weights and statistics of a normalisation, and their names.

    Args:
        norm: What it replaces; it follows its batches.

    Attributes:
        counts: Whether the samples of this process are any; padding changes no statistics.
    """

    def __init__(self, norm: _BatchNorm) -> None:
        super().__init__(norm.num_features, norm.eps, norm.momentum, norm.affine)
        self.weight, self.bias = norm.weight, norm.bias
        self.running_mean, self.running_var = norm.running_mean, norm.running_var
        self.num_batches_tracked = norm.num_batches_tracked
        self.counts = True
        # Compilation leaves it alone; asked for here, since that imports the compiler.
        self._over_processes = torch.compiler.disable(self._normalize)  # type: ignore[no-untyped-call]

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` `(n, C, ...)` normalised over everything but C, and over all processes."""
        return self._over_processes(x) if self.training else super().forward(x)

    def _normalize(self, x: Tensor) -> Tensor:
        axes = [axis for axis in range(x.ndim) if axis != 1]
        shape = [1, -1, *[1] * (x.ndim - 2)]
        num = self._sum(torch.ones_like(x[:, :1]), axes).clamp(min=1)  # (1,)
        mean = self._sum(x, axes) / num
        centred = x - mean.view(shape)
        variance = self._sum(centred.square(), axes) / num
        self._track(mean.detach(), variance.detach() * num / (num - 1).clamp(min=1))
        normalized = centred * torch.rsqrt(variance + self.eps).view(shape)
        if not self.affine:
            return normalized
        return normalized * self.weight.view(shape) + self.bias.view(shape)

    def _sum(self, values: Tensor, axes: list[int]) -> Tensor:
        """Return sums `(C,)` over axes and processes."""
        total: Tensor = _Total.apply(values.sum(axes) * float(self.counts))
        return total

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor) -> None:
        """Move the statistics of evaluation towards those of a batch."""
        running: Any = (self.running_mean, self.running_var, self.num_batches_tracked)
        running[2].add_(1)
        share = 1 / float(running[2]) if self.momentum is None else self.momentum
        running[0].lerp_(mean, share)
        running[1].lerp_(variance, share)

    def _check_input_dim(self, x: Tensor) -> None:
        """Take any shape."""


class _Total(torch.autograd.Function):
    """The sum over processes; its gradient is the sum of those that processes have for it."""

    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        """Return the sum."""
        del ctx
        return _summed(part)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Return the gradient of the part."""
        del ctx
        return _summed(gradient)


def _summed(part: Tensor) -> Tensor:
    total = part.clone()
    distributed.all_reduce(total)
    return total


def synchronize_batch_norms(module: nn.Module) -> list[SynchronizedBatchNorm]:
    """Replace what normalises batches within a module and return what took its place.

    Args:
        module: In training mode, but for what is frozen, which stays as it is.

    Raises:
        ConfigurationError: If there is a kind that is not known, as in some networks that are not
            frozen.
    """
    replaced: list[SynchronizedBatchNorm] = []
    for name, child in module.named_children():
        if not (child.training and isinstance(child, _BatchNorm)):
            replaced += synchronize_batch_norms(child)
            continue
        if type(child) not in _KNOWN:
            message = f"several processes cannot share a {type(child).__name__}, train in one."
            raise ConfigurationError("", message)
        replaced.append(SynchronizedBatchNorm(child))
        setattr(module, name, replaced[-1])
    return replaced
