"""What an encoder is shown: its axes, checked where data enters."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from spawnnet_encoders.configuration import require_at_least
from spawnnet_encoders.errors import ConfigurationError


@dataclass(frozen=True)
class ObservationShape:
    """The sizes of one observation, without its batch axis.

    Attributes:
        num_views: V, cameras.
        image_size: (H, W) in pixels.
        num_frames: F, frames of history.
        proprioception_dim: S, width of the proprioception; 0 means none is read.
        has_depth: Whether observations have `depth`.
    """

    num_views: int
    image_size: tuple[int, int]
    num_frames: int = 1
    proprioception_dim: int = 0
    has_depth: bool = True

    def __post_init__(self) -> None:
        """Reject sizes that no observation can have."""
        size = tuple(self.image_size)
        object.__setattr__(self, "image_size", size)
        if len(size) != 2 or min(size) < 1:
            raise ConfigurationError("image_size", f"expected (height, width), got {size}.")
        require_at_least(self, 1, "num_views", "num_frames")
        require_at_least(self, 0, "proprioception_dim")

    def with_axes(self, observation: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return an observation with axes of frames and views.

        Where there is one of each, they may be missing: `rgb` `(B, 3, H, W)`, `depth`
        `(B, 1, H, W)`, `proprioception` `(B, S)`. What has its axes stays as it is.
        """
        if self.num_frames > 1 or self.num_views > 1:
            return observation
        return {key: _with_axes(key, value) for key, value in observation.items()}

    def rgb(self, observation: Mapping[str, Tensor]) -> Tensor:
        """Return `rgb`, `(B, F, V, 3, H, W)` uint8, from an observation.

        Raises:
            ValueError: If it is missing, or has another shape or dtype.
        """
        rgb = self._entry(observation, "rgb", (self.num_frames, self.num_views, 3))
        check_uint8(rgb)
        return rgb

    def depth(self, observation: Mapping[str, Tensor]) -> Tensor:
        """Return `depth`, `(B, F, V, 1, H, W)` in metres, from an observation.

        Raises:
            ValueError: If it is missing, has another shape, or not as many samples as `rgb`.
        """
        depth = self._entry(observation, "depth", (self.num_frames, self.num_views, 1))
        # `shape[0]`, as `len` would fix the batch of an exported program.
        samples = observation["rgb"].shape[0] if "rgb" in observation else depth.shape[0]
        if depth.shape[0] != samples:
            raise ValueError(f"depth: expected {samples} samples as in rgb, got {depth.shape[0]}.")
        return depth

    def proprioception(self, observation: Mapping[str, Tensor]) -> Tensor:
        """Return `proprioception`, `(B, F, S)` float32, from an observation."""
        expected = (self.num_frames, self.proprioception_dim)
        return entry(observation, "proprioception", expected).float()

    def _entry(
        self, observation: Mapping[str, Tensor], key: str, leading: tuple[int, ...]
    ) -> Tensor:
        return entry(observation, key, (*leading, *self.image_size))


def _with_axes(key: str, value: Tensor) -> Tensor:
    if key in ("rgb", "depth") and value.ndim == 4:
        return value[:, None, None]  # B C H W -> B F V C H W
    if key == "proprioception" and value.ndim == 2:
        return value[:, None]  # B S -> B F S
    return value


def entry(observation: Mapping[str, Tensor], key: str, expected: tuple[int, ...]) -> Tensor:
    """Return `observation[key]` after a check of every axis but the batch.

    Raises:
        ValueError: If the key is missing or the shape is not `(B, *expected)`.
    """
    if key not in observation:
        raise ValueError(f"{key}: missing from the observation, which has {sorted(observation)}.")
    value = observation[key]
    if value.shape[1:] != torch.Size(expected):
        sizes = ", ".join(map(str, expected))
        raise ValueError(f"{key}: expected shape (B, {sizes}), got {tuple(value.shape)}.")
    return value


def check_uint8(rgb: Tensor) -> None:
    """Reject images that are not uint8: floats would be scaled to nothing, silently."""
    if rgb.dtype != torch.uint8:
        raise ValueError(f"rgb: expected uint8 in [0, 255], got {rgb.dtype}.")
