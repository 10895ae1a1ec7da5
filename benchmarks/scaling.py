"""Updates and rollouts per second of several processes: `python benchmarks/scaling.py`.

Runs the same small configuration of each algorithm with 1 and 2 processes, or as many as
`--processes` says, one after the other and all of it `--repeats` times. Each is divided by the
first of its turn, so that what else the machine does meets both; medians are shown. Batches and
environments are those of all processes together. Times are those that runs write down, so starting
and evaluating are left out; the frozen features of the first pass are part of the updates.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import yaml

from spawnnet_record.run_record import find_runs

EPISODES, STEPS, VIEWS, BATCH = 4, 32, 2, 32
ENCODER = {"name": "spawnnet", "backbone": {"model": "test_vit", "weights": "random"}}
POLICY = {"name": "mlp", "layers": [256]}


class Speed(NamedTuple):
    """What a run did per second; NaN of what it did not do."""

    updates: float
    rollouts: float


def write_demonstrations(folder: Path, size: int) -> None:
    """Write episodes of random numbers in the original's layout."""
    generator = np.random.default_rng(0)
    images = (STEPS, VIEWS, 3, size, size)
    for episode in range(EPISODES):
        with h5py.File(folder / f"{episode}.h5", "w") as file:
            file["traj_0/obs/rgb"] = generator.integers(0, 256, images, np.uint8)
            file["traj_0/obs/state"] = generator.normal(size=(STEPS, 3)).astype("f4")
            file["traj_0/actions"] = generator.normal(size=(STEPS, 7)).astype("f4")


def settings_of(algorithm: str, folder: Path, size: int, updates: int) -> dict[str, Any]:
    """Return the configuration of an algorithm."""
    train = {"batch_size": BATCH, "log_every": 1000}
    shared = {"encoder": ENCODER, "policy": POLICY, "threads": 1, "train": train}
    if algorithm == "bc":
        views = {str(view): {"rgb": f"obs/rgb/{view}"} for view in range(VIEWS)}
        keys = {"views": views, "proprioception": ["obs/state"], "actions": ["actions"]}
        shown = {"train": {"path": str(folder)}, "keys": {**keys, "image_size": [size, size]}}
        epochs = max(1, updates * BATCH // (EPISODES * STEPS))
        return {**shared, "algorithm": {"name": "bc", "epochs": epochs, "demonstrations": shown}}
    dagger = {"name": "dagger", "rounds": 1, "warmup_episodes": 8, "episodes_per_round": 8}
    simulation = {"cabinets": {"count": 8}, "cameras": {"image_size": [size, size]}}
    return {
        **shared,
        "algorithm": {**dagger, "updates_per_round": updates // 2},
        "simulation": {**simulation, "episode_steps": STEPS},
        "evaluation": {"episodes": 1, "new_episodes": 0, "held_out_episodes": 0},
    }


def measure(config: Path, processes: int, place: Path) -> Speed:
    """Run a configuration and return its speed."""
    command = [sys.executable, "-m", "spawnnet_train", "run", str(config)]
    options = ["--processes", str(processes), "--set", f"output={place}"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([*command, *options], check=True, env=environment, stdout=subprocess.DEVNULL)
    (run,) = find_runs(place)
    seconds = json.loads(run.directory.cost.read_text())["seconds"]
    settings = yaml.safe_load(run.directory.config.read_text())["algorithm"]
    updates = max(row["update"] for row in run.metrics())
    episodes = settings.get("warmup_episodes", 0) + settings.get("episodes_per_round", 0)
    rollouts = episodes / seconds["gathering"] if episodes else np.nan
    return Speed(updates / seconds["updates"], rollouts)


def table(algorithm: str, processes: Sequence[int], speeds: np.ndarray) -> str:
    """Return a row for each number of processes.

    Args:
        algorithm: Its name.
        processes: How many there were.
        speeds: `(repeats, len(processes), 2)`, updates and rollouts per second.
    """
    medians = np.median(speeds, axis=0)
    ratios = np.median(speeds / speeds[:, :1], axis=0)
    return "\n".join(
        f"{algorithm:<9}  {number:>9}  {median[0]:9.2f}  {ratio[0]:5.2f}  "
        f"{median[1]:10.2f}  {ratio[1]:5.2f}"
        for number, median, ratio in zip(processes, medians, ratios, strict=True)
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each algorithm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--algorithms", nargs="+", default=["bc", "dagger"])
    parser.add_argument("--size", type=int, default=64, help="pixels of a side of an image")
    parser.add_argument("--updates", type=int, default=48)
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args(arguments)
    print("algorithm  processes  updates/s  ratio  rollouts/s  ratio", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "shown").mkdir()
        write_demonstrations(folder / "shown", chosen.size)
        for algorithm in chosen.algorithms:
            config = folder / f"{algorithm}.yaml"
            settings = settings_of(algorithm, folder / "shown", chosen.size, chosen.updates)
            config.write_text(yaml.safe_dump(settings))
            speeds = [
                [
                    measure(config, number, folder / f"{algorithm}{turn}_{number}")
                    for number in chosen.processes
                ]
                for turn in range(chosen.repeats)
            ]
            print(table(algorithm, chosen.processes, np.array(speeds)), flush=True)


if __name__ == "__main__":
    main()
