"""What a run computes on, decided once and written down."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import numpy as np
import torch

from spawnnet_config import ConfigError
from spawnnet_jobs.together.ranks import local_rank, local_size, rank, size
from spawnnet_train.rollouts.simulation import resolved
from spawnnet_train.runs.run_config import RunConfig


def prepare_torch(config: RunConfig) -> torch.device:
    """Seed torch, set its threads and precision, and return the device to compute on.

    Raises:
        ConfigError: If the processes that are to train together cannot.
    """
    check_processes(config, size(), local_size())
    torch.manual_seed(config.seed)
    torch.set_float32_matmul_precision(config.train.matmul_precision)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    if config.device != "auto" and size() == 1:
        return torch.device(config.device)
    if config.device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", local_rank()) if size() > 1 else torch.device("cuda")


def check_processes(config: RunConfig, processes: int, on_this_machine: int) -> None:
    """Check that a run can be shared by several processes.

    Raises:
        ConfigError: If it is too small, or there are too few GPUs.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if processes == 1:
        return
    if (batch_size := config.train.batch_size) < processes:
        message = f"must be at least the number of processes, {processes}, got {batch_size}."
        raise ConfigError([f"train.batch_size: {message}"])
    if config.device.startswith("cuda:"):
        message = f"several processes take a GPU each, set `cuda`, got {config.device!r}."
        raise ConfigError([f"device: {message}"])
    if config.device != "cpu" and 0 < gpus < on_this_machine:
        message = f"{on_this_machine} processes need a GPU each, this machine shows {gpus}"
        raise ConfigError([f"device: {message}; start fewer, or set `cpu`."])


def check_compiler(config: RunConfig) -> None:
    """Check that what a run is to compile can be.

    Raises:
        ConfigError: If there is no compiler.
    """
    compiler = os.environ.get("CXX", "g++")
    if config.train.compile and shutil.which(compiler) is None:
        message = f"needs a C++ compiler, `{compiler}` is none; install one, or set it to false."
        raise ConfigError([f"train.compile: {message}"])


def seed_process(seed: int) -> None:
    """Let other processes than the first draw noise of their own in training."""
    if rank():
        torch.manual_seed(int(np.random.SeedSequence([seed, rank()]).generate_state(1)[0]))


def resolve(config: RunConfig, device: torch.device) -> RunConfig:
    """Return `config` with what it left open as it was decided, so that it can be repeated."""
    simulation = config.simulation and resolved(config.simulation)
    threads = torch.get_num_threads()
    place = str(device) if size() == 1 else device.type
    return replace(config, simulation=simulation, device=place, threads=threads)
