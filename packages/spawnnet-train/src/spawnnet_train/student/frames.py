"""What a student sees in one time step, and the last few of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spawnnet_encoders import Encoder, FeatureFormat

IMAGES = ("rgb", "depth")
PROPRIOCEPTION = "proprioception"
ALL_ENVS = slice(None)


class Frame(NamedTuple):
    """One time step of N environments.

    Attributes:
        observation: `rgb` `(N, V, 3, H, W)` uint8, `depth` `(N, V, 1, H, W)` float32 in m,
            `proprioception` `(N, S)` float32.
        frozen: The frozen backbone's features of `rgb`, `(N, V, ...)` each; empty for an encoder
            without a backbone.
    """

    observation: dict[str, Tensor]
    frozen: tuple[Tensor, ...]


class FrameStack(NamedTuple):
    """The last F time steps, with the axes that an encoder takes: `Frame` with F after N."""

    observation: dict[str, Tensor]
    frozen: tuple[Tensor, ...]


def without_images(observation: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the observation of a student whose cameras are covered: every image is zero."""
    return {
        name: np.zeros_like(array) if name in IMAGES else array
        for name, array in observation.items()
    }


def compact(observation: Mapping[str, Tensor], depth: torch.dtype) -> dict[str, Tensor]:
    """Return what was seen as it is kept: on the CPU, depth in a precision of its own."""
    kept = {name: tensor.cpu() for name, tensor in observation.items()}
    if "depth" in kept:
        kept["depth"] = kept["depth"].to(depth)
    return kept


@torch.no_grad()
def encode_frame(
    encoder: Encoder,
    observation: Mapping[str, NDArray[Any]],
    frozen_format: FeatureFormat,
    device: torch.device,
) -> Frame:
    """Return an observation with the features of the frozen backbone beside it.

    Args:
        encoder: Whose backbone computes the features, once per image.
        observation: Arrays of one time step; they are copied.
        frozen_format: What the features are rounded to, the same wherever they are kept, so that
            the student acts on exactly what it is trained on.
        device: Where the tensors go.
    """
    tensors = {name: torch.tensor(array, device=device) for name, array in observation.items()}
    return Frame(tensors, encode_images(encoder, tensors["rgb"], frozen_format))


def encode_images(
    encoder: Encoder, rgb: Tensor, frozen_format: FeatureFormat
) -> tuple[Tensor, ...]:
    """Return the frozen backbone's features `(N, V, ...)` of images `(N, V, 3, H, W)`."""
    # (N, V, 3, H, W) -> (N, 1, V, 3, H, W): a frame is a stack of one
    features = encoder.frozen_features(rgb.unsqueeze(1), format=frozen_format)
    return tuple(part.squeeze(1) for part in features)


def joined(frames: Sequence[Frame]) -> Frame:
    """Return the frame of all environments, of those of some each; several come to the CPU."""
    if len(frames) == 1:
        return frames[0]
    levels = zip(*(frame.frozen for frame in frames), strict=True)
    return Frame(
        {
            name: torch.cat([frame.observation[name].cpu() for frame in frames])
            for name in frames[0].observation
        },
        tuple(torch.cat([part.cpu() for part in level]) for level in levels),
    )


@final
class FrameHistory:
    """The frames of an episode that a student sees; the first stands in for those before it.

    Args:
        stack_idx: Offsets of the frames, ascending; the largest is the present.
    """

    def __init__(self, stack_idx: Sequence[int]) -> None:
        self._offsets = [offset - stack_idx[0] for offset in stack_idx]
        self._frames: deque[Frame] = deque(maxlen=self.length)

    @property
    def length(self) -> int:
        """Time steps from the first frame of a stack to the last, both counted."""
        return self._offsets[-1] + 1

    def reset(self) -> None:
        """Begin a new episode."""
        self._frames.clear()

    def push(self, frame: Frame) -> None:
        """Add the frame of this time step."""
        missing = self.length - len(self._frames)
        self._frames.extend([frame] * (1 if self._frames else missing))

    def stack(self, envs: slice = ALL_ENVS, device: torch.device | None = None) -> FrameStack:
        """Return the stack that ends with the frame added last.

        Args:
            envs: The environments that it is of.
            device: Where it goes; by default where the frames are.
        """
        frames = [self._frames[offset] for offset in self._offsets]
        levels = zip(*(frame.frozen for frame in frames), strict=True)

        def stacked(parts: Iterable[Tensor]) -> Tensor:
            return torch.stack([part[envs].to(device) for part in parts], 1)

        return FrameStack(
            {name: stacked(f.observation[name] for f in frames) for name in frames[0].observation},
            tuple(map(stacked, levels)),
        )
