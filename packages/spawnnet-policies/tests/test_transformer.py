from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from spawnnet_policies import Policy


def test_each_frame_and_their_order_matter(build: Callable[..., Policy]) -> None:
    policy = build("transformer", num_frames=3)  # of two features each
    features = torch.randn(1, 6)
    chunk = policy.predict(features)
    for frame in range(3):
        changed = features.clone()
        changed[:, 2 * frame] += 1
        assert not torch.allclose(policy.predict(changed), chunk)
    assert not torch.allclose(policy.predict(features.roll(2, dims=1)), chunk)


def test_frames_must_share_the_features_evenly(build: Callable[..., Policy]) -> None:
    with pytest.raises(ValueError, match=r"^num_frames: .* got 4 frames and width 6"):
        build("transformer", num_frames=4)
