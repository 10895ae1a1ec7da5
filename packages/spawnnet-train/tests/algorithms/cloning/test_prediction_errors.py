import json
from collections.abc import Callable

import numpy as np
import pytest
import torch

from spawnnet_policies import create_policy
from spawnnet_train.algorithms.cloning.prediction_errors import (
    ErrorSums,
    measure,
    predict_apart,
    training_metrics,
)
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student

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
    whole, parts = ErrorSums(A), ErrorSums(A)
    for batch in batches():
        for sums in (whole, parts):
            sums.add(*batch)
        state = json.loads(json.dumps(parts.state()))
        parts = ErrorSums(A)
        parts.load_state(state)
    found = training_metrics(whole, ["x", "gripper"])
    assert training_metrics(parts, ["x", "gripper"]) == found
    assert found["train/mse"] == pytest.approx(float(whole.chunk[0].mean()))
    assert found["train/abs"] == pytest.approx(
        (found["train/abs/x"] + found["train/abs/gripper"]) / 2
    )


def test_errors_of_nothing_are_zero() -> None:
    assert set(training_metrics(ErrorSums(A), ["x", "y"]).values()) == {0.0}


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


def test_a_validation_measures_first_actions_and_leaves_the_training_alone(
    make_student: Callable[..., Student],
) -> None:
    student = make_student("impala", action_horizon=T).train()
    generator = torch.Generator().manual_seed(0)
    observation = {
        "rgb": torch.randint(0, 256, (B, 1, 2, 3, 32, 48), dtype=torch.uint8, generator=generator),
        "depth": torch.rand(B, 1, 2, 1, 32, 48, generator=generator),
        "proprioception": torch.randn(B, 1, 3, generator=generator),
    }
    actions = torch.randn(B, T, 4, generator=generator)
    mask = torch.arange(T) < torch.tensor([[1], [2], [3], [3], [2]])
    batch = Batch(FrameStack(observation, ()), actions, mask)
    before = torch.get_rng_state()
    names = ["x", "y", "z", "gripper"]
    found = measure(student, [batch, batch], "L1", names)
    assert torch.equal(torch.get_rng_state(), before)
    student.eval()
    with torch.no_grad():
        errors = (student.policy.predict(student.encode(batch.stack)[0]) - actions).numpy()
    assert found["val/mse_L1"] == pytest.approx((errors[:, 0] ** 2).mean(), rel=1e-5)
    assert found["val/abs_L1/z"] == pytest.approx(np.abs(errors[:, 0, 2]).mean(), rel=1e-5)
    assert found["val/chunk_abs_L1"] == pytest.approx(np.abs(errors[mask]).mean(), rel=1e-5)
    assert found["val/chunk_mse_L1"] == pytest.approx((errors[mask] ** 2).mean(), rel=1e-5)
