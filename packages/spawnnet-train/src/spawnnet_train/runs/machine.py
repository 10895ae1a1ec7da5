"""What a run computes on, decided once and written down."""

from __future__ import annotations

from dataclasses import replace

import torch

from spawnnet_train.rollouts.simulation import resolved
from spawnnet_train.runs.run_config import RunConfig


def prepare_torch(config: RunConfig) -> torch.device:
    """Seed torch, set its threads, and return the device to compute on."""
    torch.manual_seed(config.seed)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    if config.device != "auto":
        return torch.device(config.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def resolve(config: RunConfig, device: torch.device) -> RunConfig:
    """Return `config` with what it left open as it was decided, so that it can be repeated."""
    simulation = config.simulation and resolved(config.simulation)
    threads = torch.get_num_threads()
    return replace(config, simulation=simulation, device=str(device), threads=threads)
