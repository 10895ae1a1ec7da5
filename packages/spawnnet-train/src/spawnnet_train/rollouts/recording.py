"""What an evaluation leaves to look at: a video, and a picture of what the adapters look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.tools.video import draw_grid
from spawnnet_train.rollouts.attention import write_attention
from spawnnet_train.rollouts.rollout import Step


@final
class RolloutRecorder:
    """Watches the first rollout of an evaluation.

    Args:
        film: Takes the pictures `(height, width, 3)`, uint8, of the video.
        attention: The PNG file that is written if the encoder has adapters.
        max_envs: Environments shown, at most.
        attention_step: The time step whose attention is drawn.
    """

    def __init__(
        self,
        film: Callable[[NDArray[np.uint8]], None],
        attention: Path,
        *,
        max_envs: int,
        attention_step: int,
    ) -> None:
        self._film, self._attention = film, attention
        self._max_envs, self._attention_step = max_envs, attention_step
        self._num_steps = 0

    def watch(self, rollout_index: int, step: Step) -> None:
        """Take in one step of an evaluation."""
        if rollout_index > 0:
            return
        assert step.frame is not None
        rgb = step.frame.observation["rgb"].cpu().numpy()  # (N, V, 3, H, W)
        self._film(draw_grid(rgb[: self._max_envs], step.success[: self._max_envs]))
        if self._num_steps == self._attention_step and step.attention is not None:
            write_attention(self._attention, rgb, step.attention[:, -1].cpu().numpy())
        self._num_steps += 1
