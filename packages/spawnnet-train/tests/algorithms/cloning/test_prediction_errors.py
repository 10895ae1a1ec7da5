import json

import numpy as np
import pytest
import torch

from spawnnet_policies import create_policy
from spawnnet_train.algorithms.cloning.bc_errors import ErrorSums, TrainingSums, predict_apart

B, T, A = 5, 3, 2


def batches() -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    found = []
    for size in (B, B - 2):
        predicted, actions = torch.randn(2, size, T, A, generator=generator)
        mask = torch.arange(T) < torch.randint(1, T + 1, (size, 1), generator=generator)
        actions[~mask] = float("nan")  # what stands on padding may be anything
        found.append((predicted, actions, mask))
    return found


def test_errors_are_means_over_what_the_mask_leaves() -> None:
    sums = ErrorSums(A)
    for batch in batches():
        sums.add(*batch)
    rows = [
        (predicted[i, t] - actions[i, t], t)
        for predicted, actions, mask in batches()
        for i, t in np.ndindex(*mask.shape)
        if mask[i, t]
    ]
    chunk = np.array([row.numpy() for row, _ in rows])
    first = np.array([row.numpy() for row, t in rows if t == 0])
    assert len(chunk) > len(first) == 2 * B - 2
    for found, expected in ((sums.first, first), (sums.chunk, chunk)):
        np.testing.assert_allclose(found[0], (expected**2).mean(0), rtol=1e-6)
        np.testing.assert_allclose(found[1], np.abs(expected).mean(0), rtol=1e-6)


def test_sums_go_on_exactly_from_json() -> None:
    whole, parts = TrainingSums(A), TrainingSums(A)
    for index, batch in enumerate(batches()):
        for sums in (whole, parts):
            sums.errors.add(*batch)
            sums.add_loss(0.1 + index, len(batch[2]))
        state = json.loads(json.dumps(parts.state()))
        parts = TrainingSums(A)
        parts.load_state(state)
    found = whole.metrics(["x", "gripper"])
    assert parts.metrics(["x", "gripper"]) == found
    assert found["train/loss"] == pytest.approx((0.1 * B + 1.1 * (B - 2)) / (2 * B - 2))
    assert found["train/abs"] == pytest.approx(
        (found["train/abs/x"] + found["train/abs/gripper"]) / 2
    )


def test_predicting_apart_leaves_the_training_alone() -> None:
    bounds = ((-1.0,) * A, (1.0,) * A)
    policy = create_policy("gmm", feature_dim=4, action_bounds=bounds, action_horizon=T).train()
    features = torch.randn(B, 4)
    before = torch.get_rng_state()
    first, again = predict_apart(policy, features), predict_apart(policy, features)
    assert torch.equal(torch.get_rng_state(), before)
    assert policy.training
    assert first.shape == (B, T, A)
    assert torch.equal(first, again)
