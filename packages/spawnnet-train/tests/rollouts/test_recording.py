from pathlib import Path

import numpy as np
import pytest
import torch

from spawnnet_sim.tools.video import draw_grid
from spawnnet_train.rollouts.recording import RolloutRecorder
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.frames import Frame

N, F, V, G, H, W = 3, 2, 2, 4, 32, 48


def step(attention: bool) -> Step:
    rgb = torch.zeros(N, V, 3, H, W, dtype=torch.uint8)
    maps = torch.rand(N, F, V, G, 4, 6) if attention else None
    never = np.zeros(N, bool)
    return Step(Frame({"rgb": rgb}, ()), None, never, maps, never, {})


@pytest.mark.parametrize("attention", [True, False])
def test_the_first_rollout_is_filmed_and_a_step_of_it_drawn(
    tmp_path: Path, attention: bool
) -> None:
    pictures: list[np.ndarray] = []
    recorder = RolloutRecorder(pictures.append, tmp_path / "a.png", max_envs=2, attention_step=1)
    for rollout_index in range(2):
        for _ in range(3):
            recorder.watch(rollout_index, step(attention))
    assert len(pictures) == 3
    shown = np.zeros((2, V, 3, H, W), np.uint8)
    assert pictures[0].shape == draw_grid(shown, np.zeros(2, bool)).shape
    assert (tmp_path / "a.png").is_file() == attention
