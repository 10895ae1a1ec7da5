from typing import Any

import numpy as np
import torch

from spawnnet_train.algorithms.cloning import labelled
from spawnnet_train.algorithms.cloning.labelled import labelled_episode


class Shown:
    """Two episodes, of 3 and of 7 steps."""

    lengths = np.array([3, 7])
    mapping = type("Mapping", (), {"has_depth": False})

    def rgb(self, episode: int, steps: Any) -> Any:
        return np.full((len(steps), 1, 3, 4, 6), episode, np.uint8)

    def proprioception(self, episode: int) -> Any:
        return np.zeros((self.lengths[episode], 2), np.float32)

    actions = proprioception

    def episode(self, number: int) -> Any:
        return type("Episode", (), {"name": f"number {number}"})


class Encoder:
    """A backbone that makes of an image its number in the set."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def features(self, rgb: torch.Tensor, image_ids: torch.Tensor) -> tuple[torch.Tensor, ...]:
        self.sizes.append(len(rgb))
        return (image_ids[:, None].float(), rgb[:, 0, 0, 0, 0])


def test_a_long_episode_passes_the_backbone_in_pieces(monkeypatch: Any) -> None:
    monkeypatch.setattr(labelled, "_AT_ONCE", 4)
    shown, encoder = Shown(), Encoder()
    found = labelled_episode("train", shown, 1, encoder)  # type: ignore[arg-type]
    assert encoder.sizes == [4, 3]
    assert found.frozen is not None
    assert found.frozen[0][:, 0].tolist() == [3, 4, 5, 6, 7, 8, 9]
    assert found.frozen[1].tolist() == [1] * 7
