"""Memory of the simulator as torch tensors, and the other way round."""

from isaacgym import gymdeps  # noqa: F401
import sys

import torch

from isaacgym.gymapi import Tensor
from isaacgym.tensors import Guarded

sys.stdout.write("Using a cache folder as PyTorch extensions root...\nNo modifications, ninja...\n")
sys.stdout.flush()  # as the library does when it compiles

_TYPES = (torch.float32, torch.uint8, torch.int16, torch.int32, torch.int64)


def wrap_tensor(gym_tensor, offsets=None, counts=None):
    """Return a torch tensor over the memory of the simulator."""
    if not isinstance(gym_tensor, Tensor):
        raise TypeError(f"wrap_tensor of {gym_tensor!r}")
    wrapped = gym_tensor.memory.as_subclass(Guarded)
    wrapped.guard = gym_tensor.guard
    return wrapped


def unwrap_tensor(torch_tensor):
    """Return a handle of a torch tensor's memory, which does not keep it alive."""
    if not torch_tensor.is_contiguous():
        raise Exception("Input tensor must be contiguous")
    if torch_tensor.dtype not in _TYPES:
        raise Exception("Unsupported Gym tensor dtype")
    return Tensor(torch_tensor)
