"""Updates and rollouts per second of several processes: `python benchmarks/scaling.py`.

Runs the same small configuration of each algorithm with 1 and 2 processes, or as many as
`--processes` says, each run started by the command, and divides by the first. Batches and
environments are those of all processes together. Times are those that runs write down, so starting
and evaluating are left out.
"""

from __future__ import annotations

import argparse
import json
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

EPISODES, STEPS, VIEWS = 4, 64, 2
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
    shared = {"encoder": ENCODER, "policy": POLICY, "threads": 1}
    if algorithm == "bc":
        epochs = max(1, updates * 64 // (EPISODES * STEPS))
        views = {str(view): {"rgb": f"obs/rgb/{view}"} for view in range(VIEWS)}
        keys = {"views": views, "proprioception": ["obs/state"], "actions": ["actions"]}
        shown = {"train": {"path": str(folder)}, "keys": {**keys, "image_size": [size, size]}}
        cloning = {"name": "bc", "epochs": epochs, "demonstrations": shown}
        return {**shared, "algorithm": cloning, "train": {"batch_size": 64, "log_every": 1000}}
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
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)
    (run,) = find_runs(place)
    seconds = json.loads(run.directory.cost.read_text())["seconds"]
    settings = yaml.safe_load(run.directory.config.read_text())["algorithm"]
    updates = max(row["update"] for row in run.metrics())
    episodes = settings.get("warmup_episodes", 0) + settings.get("episodes_per_round", 0)
    rollouts = episodes / seconds["gathering"] if episodes else np.nan
    return Speed(updates / seconds["updates"], rollouts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each algorithm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--algorithms", nargs="+", default=["bc", "dagger"])
    parser.add_argument("--size", type=int, default=96, help="pixels of a side of an image")
    parser.add_argument("--updates", type=int, default=100)
    chosen = parser.parse_args(arguments)
    print("algorithm  processes  updates/s  ratio  rollouts/s  ratio")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "shown").mkdir()
        write_demonstrations(folder / "shown", chosen.size)
        for algorithm in chosen.algorithms:
            config = folder / f"{algorithm}.yaml"
            settings = settings_of(algorithm, folder / "shown", chosen.size, chosen.updates)
            config.write_text(yaml.safe_dump(settings))
            first: Speed | None = None
            for processes in chosen.processes:
                speed = measure(config, processes, folder / f"{algorithm}{processes}")
                first = first or speed
                ratios = [one / other for one, other in zip(speed, first, strict=True)]
                print(
                    f"{algorithm:<9}  {processes:>9}  {speed.updates:9.2f}  {ratios[0]:5.2f}  "
                    f"{speed.rollouts:10.2f}  {ratios[1]:5.2f}"
                )


if __name__ == "__main__":
    main()
