"""Which frames and which actions make up a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_data.common.errors import ConfigurationError

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class SamplingConfig:
    """What a sample holds.

    Attributes:
        stack_idx: Offsets of its frames, ascending; the largest is the present. `[0, 1, 2, 3]` are
            the last four frames, `[0, 2, 4]` every second one.
        action_horizon: T, number of actions from the present on.
    """

    stack_idx: Sequence[int] = (0,)
    action_horizon: int = 1

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        offsets = list(self.stack_idx)
        if not offsets or min(offsets) < 0 or offsets != sorted(set(offsets)):
            message = f"must be ascending and not negative, got {offsets}."
            raise ConfigurationError("stack_idx", message)
        if self.action_horizon < 1:
            message = f"must be at least 1, got {self.action_horizon}."
            raise ConfigurationError("action_horizon", message)


class ActionChunks(NamedTuple):
    """Which actions B samples hold.

    Attributes:
        steps: `(B, T)` int64, time steps within the episode.
        indices: `(B, T)` int64, the same time steps numbered through all episodes.
        mask: `(B, T)` bool, false beyond the end of the episode, where its last step is repeated.
    """

    steps: Indices
    indices: Indices
    mask: NDArray[np.bool_]


@final
class SampleIndex:
    """One sample for every time step of every episode, numbered through all of them.

    Before the start of an episode its first frame is repeated; beyond its end the last action is,
    where the mask is false.

    Example:
        >>> index = SampleIndex([3, 2], SamplingConfig(stack_idx=(0, 1), action_horizon=2))
        >>> index.frames(np.array([0, 3, 4]))
        array([[0, 0], [3, 3], [3, 4]])
        >>> index.chunks(np.array([1, 4])).indices
        array([[1, 2], [4, 4]])
    """

    def __init__(self, lengths: ArrayLike, config: SamplingConfig) -> None:
        """Number the samples.

        Args:
            lengths: Time steps of each episode, one or more.
            config: What a sample holds.

        Raises:
            ValueError: If there is no episode, or one has no time step.
        """
        self._lengths = np.asarray(lengths, np.int64)
        if not self._lengths.size or self._lengths.min() < 1:
            raise ValueError(f"lengths must be positive, got {self._lengths.tolist()}.")
        self._ends = np.cumsum(self._lengths)
        self._offsets = np.asarray(config.stack_idx, np.int64) - max(config.stack_idx)
        self._horizon = np.arange(config.action_horizon)

    def __len__(self) -> int:
        return int(self._ends[-1])

    def locate(self, samples: Indices) -> tuple[Indices, Indices]:
        """Return episode and time step within it of samples, each of the shape of `samples`."""
        episodes = np.searchsorted(self._ends, samples, side="right")
        return episodes, samples - self._starts(episodes)

    def frames(self, samples: Indices) -> Indices:
        """Return the frames of samples `(B,)`, numbered through all episodes, `(B, F)`."""
        episodes, steps = self.locate(samples)
        times: Indices = np.maximum(steps[:, None] + self._offsets, 0)  # (B, F)
        return self._starts(episodes)[:, None] + times

    def chunks(self, samples: Indices) -> ActionChunks:
        """Return the action chunks of samples `(B,)`."""
        episodes, steps = self.locate(samples)
        wanted = steps[:, None] + self._horizon  # (B, T)
        last = self._lengths[episodes][:, None] - 1  # (B, 1)
        times = np.minimum(wanted, last)
        return ActionChunks(times, self._starts(episodes)[:, None] + times, wanted <= last)

    def _starts(self, episodes: Indices) -> Indices:
        starts: Indices = self._ends[episodes] - self._lengths[episodes]
        return starts
