"""The student of the original release, encoder and policy, put together from its state dicts."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from golden import GOLDEN, load_seeded, needs_golden

from spawnnet_encoders import encoder_from_original
from spawnnet_policies import policy_from_original
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student

pytestmark = needs_golden
CASES = ["spawnnet_dino", "impala_large"]


@pytest.fixture(scope="module")
def golden() -> Path:
    return GOLDEN


@pytest.fixture(scope="module")
def seeded() -> ModuleType:
    return load_seeded()


def encoder_state(case: dict[str, Any], seeded: ModuleType) -> dict[str, torch.Tensor]:
    return {
        key: torch.zeros(shape, dtype=torch.int64)
        if key.endswith("num_batches_tracked")
        else torch.from_numpy(seeded.encoder_weight(key, tuple(shape)).astype(np.float32))
        for key, shape in case["encoder_state_dict"].items()
    }


def policy_state(case: dict[str, Any], seeded: ModuleType) -> dict[str, torch.Tensor]:
    low, high = (torch.tensor(bound, dtype=torch.float32) for bound in case["policy"]["act_bounds"])
    trunk = {
        key: torch.from_numpy(seeded.policy_weight(key, tuple(shape)).astype(np.float32))
        for key, shape in case["policy_state_dict"].items()
        if key.startswith("trunk.")
    }
    return {**trunk, "scale": (high - low) / 2, "bias": (high + low) / 2}


@pytest.mark.parametrize("name", CASES)
def test_the_originals_actions_are_reproduced(name: str, golden: Path, seeded: ModuleType) -> None:
    case = json.loads((golden / "encoders" / f"{name}.json").read_text())
    encoder = encoder_from_original(
        case["encoder"], encoder_state(case, seeded), num_views=case["views"]
    )
    policy = policy_from_original(case["policy"], policy_state(case, seeded), encoder.output_dim)
    student = Student(encoder, policy).eval()
    rgb, depth, state = map(
        torch.from_numpy,
        seeded.observation(case["batch"], case["frames"], case["views"], case["state_dim"]),
    )
    observation = {"rgb": rgb, "depth": depth, "proprioception": state}
    with torch.no_grad():
        stack = FrameStack(observation, encoder.frozen_features(rgb))
        features, _ = student.encode(stack)
        # `predict` also keeps actions within their bounds, which the original does not.
        action = policy.denormalize(policy.sample_chunk(features, None))
    expected = np.load(golden / "encoders" / f"{name}.npz")["action"]
    np.testing.assert_allclose(action.numpy(), expected, rtol=1e-3, atol=1e-4)
