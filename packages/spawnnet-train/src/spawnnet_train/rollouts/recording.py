"""What an evaluation leaves to look at: a video, and a picture of what the adapters look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_record.report.media import write_facts
from spawnnet_train.config.simulator import draw_grid
from spawnnet_train.rollouts.attention import SHOWN, write_attention
from spawnnet_train.rollouts.captions import captioned
from spawnnet_train.rollouts.rollout import Step


class Scene(NamedTuple):
    """What is recorded.

    Attributes:
        checkpoint: The student.
        split: Where it acts.
        cameras: V names.
        rate: Steps per second.
        num_steps: Of an episode.
        is_blind: Whether the student sees black images.
    """

    checkpoint: str
    split: str
    cameras: Sequence[str]
    rate: float
    num_steps: int
    is_blind: bool = False

    def facts(self, **more: Any) -> dict[str, Any]:
        """Return what a report says beside a video or picture."""
        facts = {"checkpoint": self.checkpoint, "split": self.split, "cameras": [*self.cameras]}
        return {**facts, "blind": self.is_blind, **more}


@final
class RolloutRecorder:
    """Watches the first rollout of an evaluation.

    Args:
        film: Takes the pictures `(height, width, 3)`, uint8, of the video.
        video: Where the video will be; beside it, what is in it is written.
        attention: The PNG file that is written if the encoder has adapters.
        scene: Who acts where.
        max_envs: Environments shown, at most.
    """

    def __init__(
        self,
        film: Callable[[NDArray[np.uint8]], None],
        video: Path,
        attention: Path,
        scene: Scene,
        *,
        max_envs: int,
    ) -> None:
        self._film, self._video, self._attention = film, video, attention
        self._scene, self._max_envs = scene, max_envs
        self._num_steps = 0

    def watch(self, rollout_index: int, step: Step, cabinets: Sequence[str]) -> None:
        """Take in one step of an evaluation, in N cabinets with these names."""
        if rollout_index > 0:
            return
        assert step.frame is not None
        rgb = step.frame.observation["rgb"].cpu().numpy()  # (N, V, 3, H, W)
        names, success = cabinets[: self._max_envs], step.success[: self._max_envs]
        self._film(captioned(draw_grid(rgb[: self._max_envs], success, names), self._now(success)))
        if self._num_steps == self._scene.num_steps // 3 and step.attention is not None:
            self._draw_attention(rgb, step.attention[:, -1].cpu().numpy(), cabinets)
        self._num_steps += 1
        if self._num_steps == self._scene.num_steps:
            seconds = self._num_steps / self._scene.rate
            facts = {"cabinets": [*names], "success": success.tolist(), "seconds": seconds}
            write_facts(self._video, self._scene.facts(steps=self._num_steps, **facts))

    def _now(self, success: NDArray[np.bool_]) -> str:
        """Return who acts where, since when, and how far it got."""
        scene, number = self._scene, self._num_steps + 1
        time = f"step {number}/{scene.num_steps}, {number / scene.rate:.2f} s"
        opened = f"{success.sum()} of {len(success)} opened"
        return f"{scene.checkpoint}, {scene.split}: {', '.join(scene.cameras)}; {time}; {opened}"

    def _draw_attention(
        self, rgb: NDArray[np.uint8], maps: NDArray[np.float32], cabinets: Sequence[str]
    ) -> None:
        write_attention(self._attention, rgb, maps, cabinets, self._scene.cameras)
        number = self._num_steps + 1
        moment = {"step": number, "seconds": number / self._scene.rate}
        shown = [*cabinets[:SHOWN]]
        write_facts(self._attention, self._scene.facts(cabinets=shown, **moment))
