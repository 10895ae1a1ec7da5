"""Samples per second from demonstrations on disk: `python benchmarks/data.py`.

Writes a set of episodes in the original's HDF5 layout and reads shuffled batches of frame stacks
and action chunks from it in one process: in the straightforward way (load the trajectory, slice,
stack, for each sample) and with this package, shuffling single samples or runs of eight neighbours.
`once` is nearly what the original does: take all samples of a trajectory while it is in memory, so
that batches are hardly shuffled. `in memory` is `memory: auto` of a set that fits, in its second
epoch.
Every case runs in a fresh process, warm (all files in the page cache) and cold (none of them there
when a batch begins, as with a set far larger than the memory).

`--peer lerobot --python PATH` compares with the peer's own loader instead, see `data_peers.py`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from data_peers import PEERS, SIZES, compare
from page_cache import drop_from_cache

from spawnnet_data.batches.dataset import DemonstrationDataset
from spawnnet_data.batches.loading import LoaderConfig, training_loader
from spawnnet_data.batches.windows import SamplingConfig
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source

FRAMES = 4
ACTION_HORIZON = 20
BATCH_SIZE = 64
NUM_VIEWS = 2


@dataclass(frozen=True)
class Result:
    """What one case measured."""

    samples_per_second: float
    bytes_per_sample: float
    peak_memory: float


def write_episodes(root: Path, num_episodes: int, num_steps: int, size: int) -> None:
    """Write rgb, depth, state and actions of random numbers."""
    generator = np.random.default_rng(0)
    images = (num_steps, NUM_VIEWS, 3, size, size)
    for episode in range(num_episodes):
        with h5py.File(root / f"traj_{episode}.h5", "w") as file:
            group = file.create_group("traj_0")
            group["obs/rgb"] = generator.integers(0, 256, images, np.uint8)
            depth = generator.random((num_steps, NUM_VIEWS, 1, size, size), np.float32)
            group["obs/depth"] = depth
            group["obs/state"] = generator.random((num_steps, 7), np.float32)
            group["actions"] = generator.random((num_steps, 8), np.float32)


def load_trajectory(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Read everything in a file."""
    with h5py.File(path) as file:
        group = file["traj_0"]
        keys = ("obs/rgb", "obs/depth", "obs/state", "actions")
        return {key: group[key][:] for key in keys}


def slice_sample(trajectory: dict[str, np.ndarray[Any, Any]], step: int) -> dict[str, torch.Tensor]:
    """Return the frames and the actions of one sample."""
    length = len(trajectory["actions"])
    frames = np.maximum(np.arange(step - FRAMES + 1, step + 1), 0)
    chunk = np.minimum(np.arange(step, step + ACTION_HORIZON), length - 1)
    return {
        key: torch.from_numpy(value[chunk if key == "actions" else frames])
        for key, value in trajectory.items()
    }


def stack(samples: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Return samples as one batch."""
    return {key: torch.stack([sample[key] for sample in samples]) for key in samples[0]}


def straightforward(root: Path, num_steps: int) -> Iterator[int]:
    """Yield batch sizes: every sample loads its trajectory."""
    files = sorted(root.glob("*.h5"))
    order = np.random.default_rng(0).permutation(len(files) * num_steps)
    for start in range(0, len(order), BATCH_SIZE):
        picked = order[start : start + BATCH_SIZE].tolist()
        stack([slice_sample(load_trajectory(files[i // num_steps]), i % num_steps) for i in picked])
        yield len(picked)


def once(root: Path, num_steps: int) -> Iterator[int]:
    """Yield batch sizes: every trajectory is loaded once and gives all of its samples."""
    generator = np.random.default_rng(0)
    for file in sorted(root.glob("*.h5")):
        trajectory = load_trajectory(file)
        order = generator.permutation(num_steps)
        for start in range(0, num_steps, BATCH_SIZE):
            picked = order[start : start + BATCH_SIZE].tolist()
            stack([slice_sample(trajectory, step) for step in picked])
            yield len(picked)


def ours(root: Path, run_length: int, memory: float = 0) -> Iterator[int]:
    """Yield batch sizes of the loader of this package; of images in memory from epoch 2 on."""
    source = open_source(root)
    dataset = DemonstrationDataset(
        Demonstrations(source, infer_mapping(source), memory=memory),
        SamplingConfig(tuple(range(FRAMES)), ACTION_HORIZON),
    )
    config = LoaderConfig(batch_size=BATCH_SIZE, run_length=run_length)
    loader, _ = training_loader(dataset, config, seed=0)
    for _ in loader if memory else ():
        pass
    for batch in loader:
        batch.observation()
        yield len(batch.samples)


def bytes_read() -> int:
    """Return the bytes that this process has read, from the disk or from the page cache."""
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["rchar"])


def measure(case: str, root: Path, num_steps: int, seconds: float, is_cold: bool) -> Result:
    """Read batches for some seconds; opening the data set is not counted."""
    torch.set_num_threads(1)
    batches = {
        "straightforward": lambda: straightforward(root, num_steps),
        "once": lambda: once(root, num_steps),
        "ours": lambda: ours(root, 1),
        "ours, runs of 8": lambda: ours(root, 8),
        "ours, in memory": lambda: ours(root, 1, float("inf")),
    }[case]()
    # The first batch opens the files; it is not counted in either way of reading.
    next(batches)
    before = bytes_read()
    samples, elapsed, start = 0, 0.0, time.perf_counter()
    while elapsed < seconds and time.perf_counter() - start < 2 * seconds:
        if is_cold:
            drop_from_cache(root.glob("*.h5"))
        batch_start = time.perf_counter()
        count = next(batches, 0)
        elapsed += time.perf_counter() - batch_start
        samples += count
        if count == 0:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Result(samples / elapsed, (bytes_read() - before) / samples, peak)


def in_fresh_process(*arguments: Any) -> Result:
    """Return `measure(*arguments)` of a new process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure, *arguments).result()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--size", type=int, default=96, help="height and width of the images")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each case")
    parser.add_argument("--directory", type=Path, help="where to write the episodes for the run")
    parser.add_argument(
        "--peer", choices=list(PEERS), help="whose loader and format to compare with"
    )
    parser.add_argument("--python", help="of the environment that holds the peer")
    parser.add_argument("--turns", type=int, default=3, help="of each side, with a peer")
    options = parser.parse_args()
    if options.peer:
        sizes = {name: getattr(options, name) for name in SIZES}
        compare(options.peer, options.python, sizes, options.seconds, options.turns)
        return
    with tempfile.TemporaryDirectory(dir=options.directory) as folder:
        root = Path(folder)
        write_episodes(root, options.episodes, options.steps, options.size)
        total = sum(file.stat().st_size for file in root.iterdir()) / 2**30
        print(
            f"{options.episodes} episodes of {options.steps} steps, {NUM_VIEWS} RGB-D views of "
            f"{options.size}x{options.size}, {total:.2f} GiB; {FRAMES} frames, chunks of "
            f"{ACTION_HORIZON}, batches of {BATCH_SIZE}, 1 process"
        )
        print(f"{'':18}{'cache':>6}{'samples/s':>12}{'ratio':>8}{'KiB/sample':>13}{'peak MiB':>10}")
        for cache in ("warm", "cold"):
            reference = 0.0
            for case in ("straightforward", "once", "ours", "ours, runs of 8", "ours, in memory"):
                is_cold = cache == "cold"
                result = in_fresh_process(case, root, options.steps, options.seconds, is_cold)
                reference = reference or result.samples_per_second
                print(
                    f"{case:18}{cache:>6}{result.samples_per_second:>12.1f}"
                    f"{result.samples_per_second / reference:>8.1f}"
                    f"{result.bytes_per_sample / 1024:>13.0f}{result.peak_memory:>10.0f}"
                )


if __name__ == "__main__":
    main()
