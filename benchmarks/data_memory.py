"""Memory that reading demonstrations takes as the set grows: `python benchmarks/data_memory.py`.

Writes sets of 1, 2 and 4 times the size and reads an epoch of shuffled batches of each, with frame
stacks and action chunks, in a fresh process that may not have more than a limit of memory beyond
what it has after its imports. With the limit below the size of even the smallest set, a reader that
keeps what it has read fails.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from data import ACTION_HORIZON, BATCH_SIZE, FRAMES, write_episodes

from spawnnet_data.batches.dataset import DemonstrationDataset, LoaderConfig, training_loader
from spawnnet_data.batches.windows import SamplingConfig
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source

NUM_STEPS = 100
SIZE = 224
MIB = 2**20


def status(name: str) -> int:
    """Return a number of bytes that the kernel tells of this process, such as VmHWM."""
    lines = Path("/proc/self/status").read_text().splitlines()
    rows = dict(line.split(":", 1) for line in lines)
    return 1024 * int(rows[name].split()[0])


def read_epoch(root: Path, limit: int) -> tuple[int, int]:
    """Read every sample once and return their number and the bytes of memory that it took."""
    torch.set_num_threads(1)
    address_space = status("VmSize") + limit
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    before, samples = status("VmRSS"), 0
    source = open_source(root)
    dataset = DemonstrationDataset(
        Demonstrations(source, infer_mapping(source)),
        SamplingConfig(tuple(range(FRAMES)), ACTION_HORIZON),
    )
    loader, _ = training_loader(dataset, LoaderConfig(batch_size=BATCH_SIZE, run_length=8), seed=0)
    for batch in loader:
        samples += len(batch.samples)
    return samples, status("VmHWM") - before


def main() -> None:
    """Print a table with a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=6, help="of the smallest set")
    parser.add_argument("--limit", type=int, default=320, help="MiB")
    arguments = parser.parse_args()
    print(f"limit: {arguments.limit} MiB beyond what the imports take")
    print(f"{'episodes':>8} {'samples':>8} {'set, MiB':>9} {'peak, MiB':>10}")
    for factor in (1, 2, 4):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            write_episodes(root, factor * arguments.episodes, NUM_STEPS, SIZE)
            size = sum(file.stat().st_size for file in root.iterdir())
            # A process of its own for each, so that the peak is its own.
            spawn = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                samples, peak = pool.submit(read_epoch, root, arguments.limit * MIB).result()
        count = factor * arguments.episodes
        print(f"{count:>8} {samples:>8} {size / MIB:>9.0f} {peak / MIB:>10.0f}", flush=True)


if __name__ == "__main__":
    main()
