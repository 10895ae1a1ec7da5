from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from spawnnet_policies import policy_from_original

REFERENCE = os.environ.get("SPAWNNET_REFERENCE")
CONFIG: dict[str, Any] = {
    "name": "MLP",
    "act_shape": [2],
    "layers": [4, 3],
    "activation": "nn.ReLU",
    "normalization": "None",
    "final_act": False,
    "zero_init_output": True,
    "act_bounds": [[-1, -1], [1, 0.5]],
    "num_frames": 1,
    "num_views": 3,
    "action_horizon": 5,
}


def original_weights() -> dict[str, Tensor]:
    shapes = {"trunk.0": (4, 6), "trunk.2": (3, 4), "trunk.4": (10, 3)}
    weights = {f"{key}.weight": torch.randn(shape) for key, shape in shapes.items()}
    weights |= {f"{key}.bias": torch.randn(shape[0]) for key, shape in shapes.items()}
    return {"scale": torch.tensor([1, 0.75]), "bias": torch.tensor([0, -0.25]), **weights}


def test_the_weights_are_taken_over() -> None:
    weights = original_weights()
    policy = policy_from_original(CONFIG, weights, 6)
    assert not policy.training
    features = torch.randn(7, 6)
    hidden = (features @ weights["trunk.0.weight"].T + weights["trunk.0.bias"]).relu()
    hidden = (hidden @ weights["trunk.2.weight"].T + weights["trunk.2.bias"]).relu()
    raw = (hidden @ weights["trunk.4.weight"].T + weights["trunk.4.bias"]).reshape(7, 5, 2)
    expected = raw * weights["scale"] + weights["bias"]
    unclipped = policy.denormalize(policy.sample_chunk(features, None))
    torch.testing.assert_close(unclipped, expected)
    low, high = torch.tensor(CONFIG["act_bounds"])
    torch.testing.assert_close(policy.predict(features), expected.clamp(low, high))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "GMM"}, "name: only 'MLP'"),
        ({"normalization": "nn.BatchNorm1d"}, "normalization: only 'None' .* got 'nn.BatchNorm1d'"),
        ({"final_act": True}, "final_act: only False"),
        ({"activation": "nn.Softmax"}, "activation: must be one of"),
        ({"layers": [4]}, r"trunk\.2\.bias: .* shape \(10,\), the state dict has \(3,\)"),
        ({"act_bounds": [[-1, -1], [1, 1]]}, "scale: `act_bounds` give"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        policy_from_original({**CONFIG, **change}, original_weights(), 6)


def test_an_incomplete_configuration_is_refused() -> None:
    config = {key: value for key, value in CONFIG.items() if key != "activation"}
    with pytest.raises(ValueError, match=r"^activation: missing"):
        policy_from_original(config, original_weights(), 6)


def test_another_feature_width_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^trunk\.0\.weight: .* shape \(4, 7\), .* has \(4, 6\)"):
        policy_from_original(CONFIG, original_weights(), 7)


def load_seeded(reference: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("seeded", reference / "golden" / "seeded.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def golden_features(
    case: dict[str, Any], arrays: npt.NDArray[Any], seeded: ModuleType
) -> npt.NDArray[Any]:
    """Return the encoder's output `(B, D)`, for the frozen ViT put together from its parts."""
    if "feature" in arrays:
        return arrays["feature"]
    tokens = arrays["cls"]  # (B, F, V, 384); each is followed by the proprioception
    sizes = case["batch"], case["frames"], case["views"], case["state_dim"]
    proprioception = np.broadcast_to(seeded.observation(*sizes)[2][:, :, None], sizes)
    return np.concatenate([tokens, proprioception], axis=-1).reshape(sizes[0], -1)


@pytest.mark.skipif(REFERENCE is None, reason="SPAWNNET_REFERENCE is not set")
@pytest.mark.parametrize("name", ["spawnnet_dino", "impala_large", "vit_mlp_dino", "r3m_mlp"])
def test_golden_actions_are_reproduced(name: str) -> None:
    assert REFERENCE is not None
    reference = Path(REFERENCE)
    seeded = load_seeded(reference)
    case = json.loads((reference / "golden" / "encoders" / f"{name}.json").read_text("utf-8"))
    arrays = np.load(reference / "golden" / "encoders" / f"{name}.npz")
    weights = {
        key: torch.from_numpy(seeded.policy_weight(key, tuple(shape))).float()
        for key, shape in case["policy_state_dict"].items()
        if key.startswith("trunk.")
    }
    features = torch.from_numpy(golden_features(case, arrays, seeded))
    policy = policy_from_original(case["policy"], weights, features.shape[1])
    action = policy.denormalize(policy.sample_chunk(features, None))
    expected = torch.from_numpy(arrays["action"])
    torch.testing.assert_close(action, expected, rtol=1e-3, atol=1e-4)
    low, high = torch.tensor(case["policy"]["act_bounds"])
    torch.testing.assert_close(
        policy.predict(features), expected.clamp(low, high), rtol=1e-3, atol=1e-4
    )
