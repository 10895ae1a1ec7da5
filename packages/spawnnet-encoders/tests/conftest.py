"""What several test modules share: small backbones, observations, the golden cases."""

import importlib.util
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import timm
import torch
from packaging.version import Version
from torch import Tensor

from spawnnet_encoders import Encoder, create_encoder

# Architectures that older releases cannot describe without building, or take features from.
NEEDS_NEWER = {"densenet121", "efficientvit_b0", "regnety_002", "vgg11", "vgg11_bn"}
IS_OLD = Version(torch.__version__) < Version("2.14") or Version(timm.__version__) < Version(
    "1.0.31"
)

SHAPE: dict[str, Any] = {
    "num_views": 2,
    "num_frames": 3,
    "image_size": (64, 96),
    "proprioception_dim": 5,
}
SMALL: dict[str, dict[str, Any]] = {
    "spawnnet": {"width": 6, "adapter_width": 10},
    "impala": {"width": 6},
    "frozen_vit": {"facet": "token"},
    "mvp": {},
    "r3m": {},
}


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def build() -> Callable[..., Encoder]:
    """Build a small encoder by name, over a tiny random backbone, for the shape of `observe`."""

    def build(name: str, model: str = "test_vit", **options: Any) -> Encoder:
        config = {**SMALL[name], **options}
        if name != "impala":
            chosen = {"model": model, "weights": "random", **config.get("backbone", {})}
            config["backbone"] = chosen
        shape = {key: config.pop(key, value) for key, value in SHAPE.items()}
        return create_encoder(name, **shape, **config)

    return build


@pytest.fixture
def observe() -> Callable[..., dict[str, Tensor]]:
    """Draw an observation."""

    def observe(batch: int = 4, **sizes: Any) -> dict[str, Tensor]:
        shape = {**SHAPE, **sizes}
        leading = (batch, shape["num_frames"], shape["num_views"])
        return {
            "rgb": torch.randint(0, 256, (*leading, 3, *shape["image_size"]), dtype=torch.uint8),
            "depth": 3 * torch.rand(*leading, 1, *shape["image_size"]),
            "proprioception": torch.randn(*leading[:2], shape["proprioception_dim"]),
        }

    return observe


class Golden(NamedTuple):
    """One golden case of the original release."""

    config: dict[str, Any]
    state: dict[str, Tensor]
    observation: dict[str, Tensor]
    arrays: Mapping[str, np.ndarray[Any, Any]]


@pytest.fixture
def golden() -> Callable[[str], Golden]:
    """Read one golden case; weights and inputs are regenerated from their names."""
    if "SPAWNNET_REFERENCE" not in os.environ:
        pytest.skip("the environment variable SPAWNNET_REFERENCE names no golden data")
    root = Path(os.environ["SPAWNNET_REFERENCE"]) / "golden"
    spec = importlib.util.spec_from_file_location("seeded", root / "seeded.py")
    assert spec is not None
    assert spec.loader is not None
    seeded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(seeded)

    def read(name: str) -> Golden:
        case = json.loads((root / "encoders" / f"{name}.json").read_text("utf-8"))
        state = {
            key: torch.tensor(0)
            if key.endswith("num_batches_tracked")
            else torch.as_tensor(seeded.encoder_weight(key, tuple(shape)), dtype=torch.float32)
            for key, shape in case["encoder_state_dict"].items()
        }
        rgb, depth, proprioception = seeded.observation(
            case["batch"], case["frames"], case["views"], case["state_dim"]
        )
        observation = {"rgb": rgb, "depth": depth, "proprioception": proprioception}
        tensors = {key: torch.from_numpy(value) for key, value in observation.items()}
        arrays = np.load(root / "encoders" / f"{name}.npz")
        return Golden(case["encoder"], state, tensors, arrays)

    return read


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a newer torch or timm than is installed."""
    skip = pytest.mark.skip(reason="needs torch 2.14 and timm 1.0.31")
    for item in items:
        parameters = getattr(item, "callspec", None)
        if IS_OLD and parameters and parameters.params.get("model") in NEEDS_NEWER:
            item.add_marker(skip)
