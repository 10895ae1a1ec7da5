"""Loaders of batches, for training and for validation."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.context import BaseContext
from multiprocessing.util import get_temp_dir
from typing import Any, ClassVar

import torch
from torch.utils.data import DataLoader

from spawnnet_data.batches.batch import Batch
from spawnnet_data.batches.dataset import DemonstrationDataset
from spawnnet_data.batches.orphans import end_with_parent
from spawnnet_data.batches.sampler import EpochSampler
from spawnnet_data.batches.windows import SamplingConfig
from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.demonstrations import Demonstrations


@dataclass(frozen=True)
class LoaderConfig:
    """How batches are made.

    Attributes:
        batch_size: B.
        num_workers: Processes that read; 0 reads in the training process.
        run_length: Neighbouring samples that stay together when shuffled; above 1 fewer images
            are read per batch, and batches vary less.
        drop_last: Leave out a last, smaller batch of a training epoch.
        pin_memory: Put batches into page-locked memory, for a GPU.
        part: `(k, n)`: which part of each training batch is read here, see `EpochSampler`; where n
            processes share batches.
    """

    batch_size: int = 64
    num_workers: int = 0
    run_length: int = 1
    drop_last: bool = False
    pin_memory: bool = False
    part: tuple[int, int] = (0, 1)

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        for name in ("batch_size", "run_length"):
            if getattr(self, name) < 1:
                message = f"must be at least 1, got {getattr(self, name)}."
                raise ConfigurationError(name, message)
        if self.num_workers < 0:
            message = f"must not be negative, got {self.num_workers}."
            raise ConfigurationError("num_workers", message)


def training_loader(
    dataset: DemonstrationDataset, config: LoaderConfig, *, seed: int
) -> tuple[DataLoader[Batch], EpochSampler]:
    """Return a shuffled loader and its sampler, whose `epoch` is set before each iteration.

    Args:
        dataset: What is read.
        config: Sizes, workers and order.
        seed: Seed of the order.
    """
    sampler = EpochSampler(
        len(dataset),
        config.batch_size,
        seed=seed,
        drop_last=config.drop_last,
        run_length=config.run_length,
        part=config.part,
    )
    return _loader(dataset, sampler, config), sampler


def validation_loader(
    demonstrations: Demonstrations,
    sampling: SamplingConfig,
    config: LoaderConfig,
) -> DataLoader[Batch]:
    """Return a loader of every sample in order, without augmentation.

    Args:
        demonstrations: What is read.
        sampling: Frames and actions of a sample.
        config: Batch size and workers.
    """
    dataset = DemonstrationDataset(demonstrations, sampling)
    sampler = EpochSampler(len(dataset), config.batch_size, shuffle=False)
    return _loader(dataset, sampler, config)


def _loader(
    dataset: DemonstrationDataset, sampler: EpochSampler, config: LoaderConfig
) -> DataLoader[Batch]:
    return DataLoader(
        dataset,
        batch_size=None,
        sampler=sampler,
        num_workers=config.num_workers,
        persistent_workers=config.num_workers > 0,
        pin_memory=config.pin_memory,
        multiprocessing_context=_workers_context() if config.num_workers else None,
        worker_init_fn=_worker_start() if config.num_workers else None,
        # Without one of its own the loader would draw from, and change, the global one.
        generator=torch.Generator(),
    )


def _worker_start() -> Callable[[int], None]:
    """Return what a worker does first; the folder of sockets of this process dies with it."""
    return partial(end_with_parent, folders=(get_temp_dir(),))


def _workers_context() -> BaseContext:
    """Return a way to start workers that inherit no open file, thread or lock of this process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context
