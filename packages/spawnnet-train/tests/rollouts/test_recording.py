from pathlib import Path

import numpy as np
import pytest
import torch

from spawnnet_record.report.media import read_facts
from spawnnet_sim.tools.video import draw_grid
from spawnnet_train.rollouts.captions import CAPTION
from spawnnet_train.rollouts.recording import RolloutRecorder, Scene
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
    scene = Scene("final", "train", ("left", "right"), rate=10.0, num_steps=3)
    places = (tmp_path / "v.mp4", tmp_path / "a.png")
    recorder = RolloutRecorder(pictures.append, *places, scene, max_envs=2)
    for rollout_index in range(2):
        for _ in range(3):
            recorder.watch(rollout_index, step(attention), ("a", "b", "c"))
    assert len(pictures) == 3
    shown = np.zeros((2, V, 3, H, W), np.uint8)
    height, width, _ = draw_grid(shown, np.zeros(2, bool)).shape
    assert pictures[0].shape == (CAPTION + height, width, 3)
    assert (tmp_path / "a.png").is_file() == attention
    facts = {"checkpoint": "final", "split": "train", "cameras": ["left", "right"], "blind": False}
    assert read_facts(places[0]) == facts | {
        "cabinets": ["a", "b"],
        "success": [False, False],
        "steps": 3,
        "seconds": 0.3,
    }
    drawn = facts | {"cabinets": ["a", "b", "c"], "step": 2, "seconds": 0.2}
    assert read_facts(places[1]) == (drawn if attention else {})
