import importlib.util
import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spawnnet_sim.experts.original.weights import load_policy

REFERENCE = os.environ.get("SPAWNNET_REFERENCE")


def test_it_computes_what_numpy_computes(files: SimpleNamespace, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    observation = rng.normal(size=(5, 141, 55)).astype(np.float32)
    observation[:, :, 6:] = observation[:, :1, 6:]
    w = {name: tensor.double().numpy() for name, tensor in files.policy().items()}
    xyz, masks = observation[..., :3].astype(float), observation[..., 3:6]
    mean = xyz.sum(axis=1, keepdims=True) / (141 + 1e-6)
    x = np.concatenate([np.broadcast_to(mean, xyz.shape), xyz - mean, masks], axis=2)
    for layer in (0, 1):
        name = f"pointnet_layer.conv_mlp.mlp.layer{layer}.conv"
        x = np.maximum(x @ w[f"{name}.weight"][..., 0].T + w[f"{name}.bias"], 0)
    x = np.concatenate([x[..., :128].max(axis=1), x[..., 128:].mean(axis=1)], axis=1)
    for layer in (0, 1):
        name = f"pointnet_layer.global_mlp.mlp.linear{layer}"
        x = np.maximum(x @ w[f"{name}.weight"].T + w[f"{name}.bias"], 0)
    x = np.concatenate([x, observation[:, 0, 6:]], axis=1)
    for layer in (0, 2, 4, 6):
        x = x @ w[f"actor1.{layer}.weight"].T + w[f"actor1.{layer}.bias"]
        if layer < 6:
            x = np.where(x > 0, x, np.expm1(x))
    network = load_policy(files.write(tmp_path, 3))
    np.testing.assert_allclose(network(torch.from_numpy(observation)), x, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(REFERENCE is None, reason="SPAWNNET_REFERENCE is not set")
def test_it_computes_the_actions_of_the_original(tmp_path: Path) -> None:
    golden = Path(str(REFERENCE)) / "golden"
    spec = importlib.util.spec_from_file_location("seeded", golden / "seeded.py")
    assert spec is not None
    assert spec.loader is not None
    seeded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(seeded)
    case = json.loads((golden / "expert" / "expert_policy.json").read_text())
    shared = case["shared_with"]
    state = {
        name: torch.from_numpy(seeded.expert_weight(shared.get(name, name), tuple(shape)))
        for name, shape in case["state_dict"].items()
    }
    torch.save({name: tensor.float() for name, tensor in state.items()}, tmp_path / "model_1.pt")
    observation = seeded.expert_observation(case["observation_seed"], case["batch"])
    actions = load_policy(tmp_path / "model_1.pt")(torch.from_numpy(observation))
    expected = np.load(golden / "expert" / "expert_policy.npz")["action_mean"]
    np.testing.assert_allclose(actions, expected, rtol=1e-4, atol=1e-5)
