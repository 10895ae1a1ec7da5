from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from spawnnet_policies import ChunkExecutor, FeatureHistory, Policy


class RecordingController:
    """Remembers what it is given; answers with zeros."""

    num_envs = 2
    feature_dim = 6

    def __init__(self) -> None:
        self.given: list[list[list[float]]] = []
        self.resets: list[object] = []
        self.needs_features = torch.tensor([True, True])

    def act(self, features: Tensor | None, generator: torch.Generator | None = None) -> Tensor:
        assert features is not None
        self.given.append(features.tolist())
        return torch.zeros(2, 1)

    def reset(self, mask: object = None) -> None:
        self.resets.append(mask)


def test_frames_are_in_order_and_start_with_the_first_one_repeated() -> None:
    controller = RecordingController()
    history = FeatureHistory(controller, num_frames=3)
    assert history.feature_dim == 2
    for step in range(4):
        if step == 2:
            history.reset([False, True])
        history.act(torch.tensor([[step, 10.0], [step, 20.0]]))
    first = [given[0][::2] for given in controller.given]
    second = [given[1][::2] for given in controller.given]
    assert first == [[0, 0, 0], [0, 0, 1], [0, 1, 2], [1, 2, 3]]
    assert second == [[0, 0, 0], [0, 0, 1], [2, 2, 2], [2, 2, 3]]
    assert controller.given[0] == [[0, 10] * 3, [0, 20] * 3]
    assert controller.resets == [[False, True]]


def test_frames_are_kept_while_a_chunk_is_executed(build: Callable[..., Policy]) -> None:
    policy = build("transformer", num_frames=3)
    history = FeatureHistory(ChunkExecutor(policy, 2), num_frames=3)
    frames = torch.randn(4, 2, 2)  # (step, N, D)
    actions = [history.act(frame) for frame in frames]
    expected = policy.predict(torch.cat([frames[1], frames[2], frames[3]], dim=1))[:, 0]
    torch.testing.assert_close(actions[3], expected)
    assert history.needs_features.all()


def test_frames_must_share_the_features_evenly() -> None:
    with pytest.raises(ValueError, match=r"^num_frames: .* `feature_dim` 6, got 4"):
        FeatureHistory(RecordingController(), num_frames=4)
