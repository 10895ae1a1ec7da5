"""Frozen convolutional networks on CPUs: BatchNorm folded, one oneDNN call for each convolution."""

import copy
import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, pairwise
from typing import Any, TypeGuard

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Run = Callable[[Any, Tensor], Sequence[Tensor]]

logger = logging.getLogger(__name__)

AVAILABLE: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
TOLERANCE = 1e-3  # of the largest feature; folding moves features by about 1e-6 of it
# What oneDNN calls activations, and their limits.
ACTIVATIONS: dict[type[nn.Module], tuple[str, list[float]]] = {
    nn.Identity: ("none", []),
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
    nn.SiLU: ("swish", []),
    nn.Hardswish: ("hardswish", []),
}


class FusedConvolution(nn.Module):
    """Convolution, BatchNorm and activation as one call; float32, on CPUs, without gradient.

    Args:
        convolution: Of a frozen network.
        norm: The BatchNorm that follows it.
        activation: What follows both; one of the types of `ACTIVATIONS`.
    """

    def __init__(self, convolution: nn.Conv2d, norm: nn.BatchNorm2d, activation: nn.Module) -> None:
        super().__init__()
        self.folded = fuse_conv_bn_eval(convolution, norm).requires_grad_(False)
        self.activation = ACTIVATIONS[type(activation)]
        self.packed: Tensor | None = None  # weights in the layout that oneDNN prefers

    def forward(self, x: Tensor) -> Tensor:
        """Return `(n, C, H, W)`, channels last."""
        conv = self.folded
        x = x.contiguous(memory_format=torch.channels_last)
        if type(conv) is not nn.Conv2d:
            from timm.layers.padding import pad_same  # of `Conv2dSame`, TensorFlow's padding

            x = pad_same(x, list(conv.kernel_size), list(conv.stride), list(conv.dilation))
        geometry = (conv.padding, conv.stride, conv.dilation, conv.groups)
        if self.packed is None:
            pack = torch.ops.mkldnn._reorder_convolution_weight
            self.packed = pack(conv.weight, *geometry, list(x.shape))
        fused: Tensor = torch.ops.mkldnn._convolution_pointwise(
            x, self.packed, conv.bias, *geometry, *self.activation, ""
        )
        return fused


class InferenceCopy:
    """The fast copy of a frozen network, made when first needed and again after its weights change.

    The network itself keeps its weights, names and fingerprint. The copy shares what is not folded;
    it is no part of a state dict, of a deep copy or of a pickle. A change of weights is seen by the
    addresses and version counters of its tensors: `load_state_dict`, in-place operations on the
    tensors and new tensors move them. Writing through `.data`, as `p.data.copy_(q)` does, moves
    neither and is not seen: write `p.copy_(q)` under `torch.no_grad()`, or go on with a deep copy.
    """

    _versions: tuple[tuple[int, int], ...] = ()
    _copy: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Return nothing to keep: a copy of this starts anew."""
        return {}

    def of(self, network: Any, images: Tensor, run: Run) -> Any:
        """Return the copy, or the network itself where that is not as good.

        Args:
            network: In evaluation mode.
            images: `(n, 3, H, W)`, normalised; a new copy is verified on the first of them.
            run: Gives the feature maps of images by a network.
        """
        if not _can_fuse(images):
            return network
        tensors = chain(network.parameters(), network.buffers())
        versions = tuple(map(_version, tensors))
        if versions != self._versions:
            fused = fuse_convolutions(network)
            agree = _agree(run(fused, images[:1]), run(network, images[:1]))
            if not agree:
                logger.info("a %s does not compute the same when fused", type(network).__name__)
            self._copy = fused if agree else network
            self._versions = versions
        return self._copy


def fuse_convolutions(network: nn.Module) -> nn.Module:
    """Return a copy whose convolutions include the BatchNorm, and its activation, after them.

    A BatchNorm is taken to follow a convolution where it is the next module of the same parent.
    """
    tensors: Iterable[Tensor] = chain(network.parameters(), network.buffers())
    copied = copy.deepcopy(network, {id(tensor): tensor for tensor in tensors})
    for parent in list(copied.modules()):
        for (name, module), (follower_name, follower) in pairwise(list(parent.named_children())):
            if _is_plain_convolution(module) and isinstance(follower, nn.BatchNorm2d):
                activation = getattr(follower, "act", nn.Identity())  # of timm's BatchNormAct2d
                inside = type(activation) in ACTIVATIONS
                fused = FusedConvolution(module, follower, activation if inside else nn.Identity())
                setattr(parent, name, fused)
                setattr(parent, follower_name, nn.Identity() if inside else activation)
    return copied


def _is_plain_convolution(module: nn.Module) -> TypeGuard[nn.Conv2d]:
    from timm.layers.conv2d_same import Conv2dSame

    if type(module) not in (nn.Conv2d, Conv2dSame):
        return False
    return isinstance(module.padding, tuple) and module.padding_mode == "zeros"


def _can_fuse(images: Tensor) -> bool:
    return (
        AVAILABLE
        and images.device.type == "cpu"
        and images.dtype == torch.float32
        and len(images) > 0
        and not torch.is_grad_enabled()
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
    )


def _version(tensor: Tensor) -> tuple[int, int]:
    """Return what changes when a tensor does; those made in inference mode are not counted."""
    return tensor.data_ptr(), 0 if tensor.is_inference() else tensor._version


def _agree(found: Sequence[Tensor], expected: Sequence[Tensor]) -> bool:
    return all(
        bool((one - other).abs().max() <= TOLERANCE * other.abs().max())
        for one, other in zip(found, expected, strict=True)
    )
