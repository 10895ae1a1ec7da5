"""The checkpoints of a run of the original release, read without running anything in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from spawnnet_encoders import Encoder, encoder_from_original
from spawnnet_policies import Policy, policy_from_original
from spawnnet_record.files import reading
from spawnnet_train.config.errors import ConfigError, building

_BACKBONES = ("vit.", "model.")
"""What the weights of a frozen backbone begin with, in the release's encoders."""


class OriginalCheckpoint(NamedTuple):
    """A student of the release.

    Attributes:
        name: As in its files: a number, `best` or `final`.
        encoder: What its encoder computes.
        policy: What its policy computes.
        backbone: The frozen backbone's weights, under the names of its project; empty without one.
    """

    name: str
    encoder: Encoder
    policy: Policy
    backbone: dict[str, Tensor]


def list_checkpoints(run: Path) -> list[str]:
    """Return the names of the checkpoints of an original run: numbers ascending, best, final.

    Raises:
        ConfigError: If there are none.
    """
    names = {file.stem.removeprefix("encoder_") for file in run.glob("encoder_*.ckpt")}
    complete = {name for name in names if (run / f"policy_{name}.ckpt").is_file()}
    if not complete:
        raise ConfigError([f"{run}: holds no encoder_*.ckpt with a policy_*.ckpt beside it."])
    return sorted(complete, key=lambda name: (not name.isdigit(), name.zfill(9)))


def load_original(run: Path, name: str, original: Mapping[str, Any]) -> OriginalCheckpoint:
    """Load a checkpoint of an original run.

    Args:
        run: Its folder.
        name: As `list_checkpoints` gives it.
        original: Its configuration.

    Raises:
        RecordError: If a file is damaged.
        ConfigError: If one holds anything but a state dict, or does not fit.
    """
    state = _read(run / f"encoder_{name}.ckpt")
    with building("encoder"):
        views = original["num_views"]
        encoder = encoder_from_original(original["encoder"], state, num_views=views)
    weights = _read(run / f"policy_{name}.ckpt")
    with building("policy"):
        policy = policy_from_original(original["policy"], weights, encoder.output_dim)
    backbone = {re.sub(r"^(vit|model)\.", "", k): v for k, v in state.items() if _is_frozen(k)}
    return OriginalCheckpoint(name, encoder, policy, backbone if encoder.backbone else {})


def _is_frozen(key: str) -> bool:
    return key.startswith(_BACKBONES)


def _read(file: Path) -> dict[str, Tensor]:
    with reading(file, "is no file of plain tensors"):
        state = torch.load(file, map_location="cpu", weights_only=True)
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise ConfigError([f"{file}: expected a state dict, got {type(state).__name__}."])
    return dict(state)
