"""What an evaluation leaves to look at: a video, and a picture of what the adapters look at."""

from __future__ import annotations

from pathlib import Path
from typing import final

from spawnnet_train.rollouts.attention import write_attention
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.rollouts.video import RolloutVideo


@final
class RolloutRecorder:
    """Watches the first rollout of an evaluation.

    Args:
        max_envs: Environments shown, at most.
        frames_per_second: Speed of the video.
        attention_step: The time step whose attention is drawn.
    """

    def __init__(self, max_envs: int, frames_per_second: float, attention_step: int) -> None:
        self._video = RolloutVideo(max_envs, frames_per_second)
        self._attention_step = attention_step
        self._num_steps = 0
        self._looked_at: Step | None = None

    def watch(self, rollout_index: int, step: Step) -> None:
        """Take in one step of an evaluation."""
        if rollout_index > 0:
            return
        assert step.frame is not None
        self._video.add(step.frame.observation["rgb"].cpu().numpy(), step.success)
        if self._num_steps == self._attention_step:
            self._looked_at = step
        self._num_steps += 1

    def write(self, video: Path, attention: Path) -> None:
        """Write the MP4 file `video`, and the PNG file `attention` if the encoder has adapters."""
        self._video.write(video)
        step = self._looked_at
        if step is not None and step.frame is not None and step.attention is not None:
            rgb = step.frame.observation["rgb"].cpu().numpy()
            write_attention(attention, rgb, step.attention[:, -1].cpu().numpy())
