"""What every reader here is measured by; imported by the peers' Pythons, so without a package."""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

CAMERAS = ("left", "right")
BATCH_SIZE = 64
STATE, ACTION = 7, 8


def draw_episode(number: int, steps: int, size: int) -> dict[str, np.ndarray]:
    """Return an episode: a picture that moves, `(L, H, W, 3)` for each camera, and numbers."""
    generator = np.random.default_rng(number)
    episode = {}
    for camera in CAMERAS:
        coarse = generator.integers(0, 256, (size // 4, size // 4, 3), np.uint8)
        picture = np.repeat(np.repeat(coarse, 4, 0), 4, 1)
        episode[camera] = np.stack([np.roll(picture, step, 1) for step in range(steps)])
    episode["state"] = generator.normal(size=(steps, STATE)).astype(np.float32)
    episode["action"] = generator.normal(size=(steps, ACTION)).astype(np.float32)
    return episode


def own_memory() -> int:
    """Return the bytes that are this process's own, the page cache left out."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return 1024 * int(dict(line.split(":", 1) for line in lines)["RssAnon"].split()[0])


def measure(open_batches: Callable[[], Iterator[int]], seconds: float) -> dict[str, float]:
    """Return samples per second of the processor and of the clock, and the memory for it (MB)."""
    torch.set_num_threads(1)
    before = own_memory()
    batches = open_batches()
    next(batches)  # opens files
    samples, start, busy = 0, time.perf_counter(), time.process_time()
    for count in batches:
        samples += count
        if time.perf_counter() - start > seconds:
            break
    return {
        "per_cpu_second": samples / (time.process_time() - busy),
        "per_second": samples / (time.perf_counter() - start),
        "memory": (own_memory() - before) / 1e6,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def loader(dataset: torch.utils.data.Dataset) -> Iterator[int]:
    """Yield the sizes of shuffled batches of a peer's dataset, as torch collates them."""
    batches = torch.utils.data.DataLoader(dataset, batch_size=BATCH_SIZE, shuffle=True)
    for batch in batches:
        yield len(batch["action"] if "action" in batch else batch["actions"])


def options() -> argparse.Namespace:
    """Return what a reader is told: what to do, where, and how large."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["write", "read"])
    parser.add_argument("path", type=Path)
    parser.add_argument("--kept", default="", help="what the reader keeps in memory")
    parser.add_argument("--frames", type=int, default=1)
    parser.add_argument("--horizon", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--episodes", type=int, default=40)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--size", type=int, default=96)
    return parser.parse_args()


def run(
    write: Callable[[argparse.Namespace], None],
    read: Callable[[argparse.Namespace], Callable[[], Iterator[int]]],
) -> None:
    """Do what the command line asks for; measurements are the last line, as JSON."""
    chosen = options()
    if chosen.what == "write":
        write(chosen)
    else:
        print(json.dumps(measure(read(chosen), chosen.seconds)))
