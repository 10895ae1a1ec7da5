from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from spawnnet_sim.experts.original.contact_network import LEVELS, ContactNetwork
from spawnnet_sim.experts.original.weights import load_contact_network

# As the original's levels, of fewer points.
COUNTS, RADII, NEIGHBOURS = (31, 17, 9, 5), (0.9, 1.4, 2.5, 4.0), (6, 4, 3, 7)
SMALL = tuple(
    replace(level, count=count, radius=radius, neighbours=neighbours)
    for level, count, radius, neighbours in zip(LEVELS, COUNTS, RADII, NEIGHBOURS, strict=True)
)
Weights = dict[str, np.ndarray]


def mlp(weights: Weights, prefix: str, x: np.ndarray) -> np.ndarray:
    """Convolutions, normalisation by the running statistics, ReLU."""
    layer = 0
    while f"{prefix}.{layer}.weight" in weights:
        kernel = weights[f"{prefix}.{layer}.weight"]
        x = x @ kernel.reshape(kernel.shape[:2]).T
        norm = f"{prefix}.{layer + 1}"
        x = (x - weights[f"{norm}.running_mean"]) / np.sqrt(weights[f"{norm}.running_var"] + 1e-5)
        x = np.maximum(x * weights[f"{norm}.weight"] + weights[f"{norm}.bias"], 0)
        layer += 3
    return x


def contact(weights: Weights, cloud: np.ndarray, naive: SimpleNamespace) -> np.ndarray:
    """Compute the likelihoods of one cloud `(N, 4)` by loops."""
    points = [(cloud[:, :3] - cloud[:, :3].mean(axis=0)) / cloud[:, :3].var(axis=0, ddof=1)]
    features = [cloud]
    for k, level in enumerate(SMALL):
        chosen = naive.farthest(points[k], level.count)
        near = [naive.ball(points[k], c, level.radius, level.neighbours) for c in points[k][chosen]]
        offsets = points[k][near] - points[k][chosen][:, None]
        groups = np.concatenate([offsets, features[k][near]], axis=2)
        features.append(mlp(weights, f"pointnet2.SA_modules.{k}.mlps.0", groups).max(axis=1))
        points.append(points[k][chosen])
    for k in (3, 2, 1, 0):
        lifted = naive.between(features[k + 1], points[k + 1], points[k])
        both = np.concatenate([lifted, features[k]], axis=1)
        features[k] = mlp(weights, f"pointnet2.FP_modules.{k}.mlp", both)
    x = mlp(weights, "pointnet2.fc_layer", features[0])
    x = x @ weights["action_score.mlp1.weight"].T + weights["action_score.mlp1.bias"]
    x = np.where(x > 0, x, 0.01 * x)
    x = x @ weights["action_score.mlp2.weight"].T + weights["action_score.mlp2.bias"]
    return cloud[:, 3] / (1 + np.exp(-x[:, 0]))


def test_it_computes_what_loops_compute(
    files: SimpleNamespace, naive: SimpleNamespace, drawer_expert: Path
) -> None:
    rng = np.random.default_rng(8)
    clouds = np.concatenate([rng.normal(size=(2, 41, 3)), rng.integers(0, 2, (2, 41, 1))], axis=2)
    network = ContactNetwork(SMALL).double()
    network.load_state_dict(load_contact_network(drawer_expert).state_dict())
    weights = {name: tensor.double().numpy() for name, tensor in files.contact().items()}
    found = network.eval()(torch.from_numpy(clouds)).detach().numpy()
    expected = np.stack([contact(weights, cloud, naive) for cloud in clouds])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
    assert found[clouds[..., 3] == 1].std() > 1e-3
    assert not found[clouds[..., 3] == 0].any()


def test_its_levels_are_those_of_the_original() -> None:
    levels = [(level.count, level.radius, level.neighbours) for level in LEVELS]
    assert levels == [(1024, 0.1, 32), (256, 0.2, 32), (64, 0.4, 32), (16, 0.8, 32)]


def test_a_cloud_is_computed_as_in_a_batch(drawer_expert: Path) -> None:
    rng = np.random.default_rng(9)
    clouds = torch.from_numpy(rng.uniform(-0.3, 0.3, (2, 1100, 4)).astype(np.float32))
    clouds[..., 3] = 1.0
    network = load_contact_network(drawer_expert)
    both = network(clouds)
    assert both.shape == (2, 1100)
    np.testing.assert_allclose(network(clouds[1:]), both[1:], atol=1e-6)
