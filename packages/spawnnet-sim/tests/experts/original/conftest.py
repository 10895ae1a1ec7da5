"""Files of experts with seeded weights, and point sets computed by loops."""

from __future__ import annotations

import zlib
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

Array = np.ndarray
CONTACT_LAYERS = {
    **{
        f"pointnet2.SA_modules.{k}.mlps.0": widths
        for k, widths in enumerate(
            [(7, 32, 32, 64), (67, 64, 64, 128), (131, 128, 128, 256), (259, 256, 256, 512)]
        )
    },
    **{
        f"pointnet2.FP_modules.{k}.mlp": widths
        for k, widths in enumerate(
            [(132, 128, 128, 128), (320, 256, 128), (384, 256, 256), (768, 256, 256)]
        )
    },
    "pointnet2.fc_layer": (128, 128),
}


def weight(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Return one tensor of a file, which depends on nothing but its name and shape."""
    x = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)
    if name.endswith("running_var"):
        x = 1.0 + 0.1 * np.abs(x)
    elif len(shape) > 1:
        x /= np.sqrt(np.prod(shape[1:]))
    else:
        x = 0.1 * x + name.endswith("weight")
    return torch.from_numpy(x.astype(np.float32))


def policy_state() -> dict[str, torch.Tensor]:
    """Return the 57 tensors of a policy; those that the original shares are equal."""
    trunk = {
        **{f"conv_mlp.mlp.layer{k}.conv": (256, n, 1) for k, n in enumerate((9, 256))},
        **{f"global_mlp.mlp.linear{k}": (n, 256) for k, n in enumerate((256, 128))},
    }
    head = {0: (512, 177), 2: (512, 512), 4: (64, 512)}
    parts = {
        ("pointnet_layer", "actor.point_net", "critic.point_net"): trunk,
        ("actor1", "actor.fc"): {**head, 6: (11, 64)},
        ("critic1", "critic.fc"): {**head, 6: (1, 64)},
    }
    state = {"log_std": torch.zeros(11)}
    for names, layers in parts.items():
        for layer, shape in layers.items():
            for kind, size in (("weight", shape), ("bias", shape[:1])):
                tensor = weight(f"{names[0]}.{layer}.{kind}", size)
                state |= {f"{name}.{layer}.{kind}": tensor for name in names}
    return state


def contact_state() -> dict[str, torch.Tensor]:
    """Return the tensors of a contact network, convolutions with kernels of size 1."""
    state = {}
    for name, widths in CONTACT_LAYERS.items():
        kernel = (1,) if name.endswith("fc_layer") else (1, 1)
        for layer, (width, out) in enumerate(pairwise(widths)):
            shapes = {f"{3 * layer}.weight": (out, width, *kernel)}
            norms = ("weight", "bias", "running_mean", "running_var")
            shapes |= {f"{3 * layer + 1}.{kind}": (out,) for kind in norms}
            state |= {f"{name}.{key}": weight(f"{name}.{key}", s) for key, s in shapes.items()}
            state[f"{name}.{3 * layer + 1}.num_batches_tracked"] = torch.tensor(7)
    for name, out in (("mlp1", 128), ("mlp2", 1)):
        for kind, shape in (("weight", (out, 128)), ("bias", (out,))):
            key = f"action_score.{name}.{kind}"
            state[key] = weight(key, shape)
    return state


def write_expert(folder: Path, iteration: int) -> Path:
    """Write both files of an expert; return that of its policy."""
    folder.mkdir(exist_ok=True)
    torch.save(policy_state(), folder / f"model_{iteration}.pt")
    content = {"network": contact_state(), "optimizer": {"state": {}}, "lr_scheduler": {}}
    torch.save(content, folder / f"CP_{iteration}.pt")
    return folder / f"model_{iteration}.pt"


@pytest.fixture(scope="session")
def files() -> SimpleNamespace:
    """What writes files of experts; test modules cannot import each other."""
    return SimpleNamespace(policy=policy_state, contact=contact_state, write=write_expert)


@pytest.fixture(scope="session")
def drawer_expert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_expert(tmp_path_factory.mktemp("experts") / "open_drawer", 15400)


def farthest(points: Array, count: int) -> list[int]:
    """Choose points of `(N, 3)` one by one, those next to the origin never."""
    chosen = [0]
    for _ in range(count - 1):
        best, best_distance = 0, -1.0
        for index, point in enumerate(points):
            distance = min(((point - points[k]) ** 2).sum() for k in chosen)
            if (point**2).sum() > 1e-3 and distance > best_distance:
                best, best_distance = index, distance
        chosen.append(best)
    return chosen


def ball(points: Array, centre: Array, radius: float, count: int) -> list[int]:
    """Return the first points of `(N, 3)` around a centre, filled up with the first of them."""
    near = [k for k, point in enumerate(points) if ((point - centre) ** 2).sum() < radius**2]
    return [*near[:count], *[near[0]] * (count - len(near))] if near else [0] * count


def between(features: Array, known: Array, points: Array) -> Array:
    """Interpolate features `(M, C)` at `(M, 3)` to points `(N, 3)` from the nearest three."""
    rows = []
    for point in points:
        distances = np.sqrt(((known - point) ** 2).sum(axis=1))
        nearest = np.argsort(distances, kind="stable")[:3]
        weights = 1 / (distances[nearest] + 1e-8)
        rows.append((weights[:, None] * features[nearest]).sum(axis=0) / weights.sum())
    return np.stack(rows)


@pytest.fixture(scope="session")
def naive() -> SimpleNamespace:
    """The operations on point sets, by loops in NumPy."""
    return SimpleNamespace(farthest=farthest, ball=ball, between=between)
