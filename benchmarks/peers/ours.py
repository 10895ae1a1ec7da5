"""Shuffled batches by spawnnet-data, of a set that a peer has written."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from clock import BATCH_SIZE, run

from spawnnet_data import (
    DemonstrationDataset,
    Demonstrations,
    LoaderConfig,
    SamplingConfig,
    infer_mapping,
    open_source,
    training_loader,
)


def read(chosen: argparse.Namespace) -> Callable[[], Iterator[int]]:
    """Return what opens the set; what is kept in memory was read before the clock starts."""

    def open_batches() -> Iterator[int]:
        source = open_source(chosen.path)
        memory = float("inf") if chosen.kept else 0
        dataset = DemonstrationDataset(
            Demonstrations(source, infer_mapping(source), memory=memory),
            SamplingConfig(tuple(range(chosen.frames)), chosen.horizon),
        )
        loader, _ = training_loader(dataset, LoaderConfig(batch_size=BATCH_SIZE), seed=0)
        for _ in loader if chosen.kept else ():
            pass
        for batch in loader:
            batch.observation()
            yield len(batch.samples)

    return open_batches


def write(chosen: argparse.Namespace) -> None:
    """Do nothing: the peers write."""


if __name__ == "__main__":
    run(write, read)
