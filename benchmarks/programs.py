"""Which heads can be exported as a program of `torch.export`, and whether it acts as the student.

`python benchmarks/programs.py [HEAD ...]` trains a tiny student with each head on random
demonstrations for one epoch, exports it with its program, and compares chunks of actions: with the
student's by the same seed, and with those of a second call, which differ where a head draws noise.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import h5py
import numpy as np
import torch

from spawnnet_policies import list_policies
from spawnnet_train import load_config, run
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.use.export import export_policy
from spawnnet_train.use.program import PolicyProgram, example_observation
from spawnnet_train.use.saved_policy import open_policy

_CONFIG = """
threads: 1
output: {folder}/runs
algorithm:
  name: bc
  epochs: 1
  demonstrations:
    train: {{path: {folder}/demos}}
    keys:
      views: {{camera: {{rgb: obs/rgb}}}}
      proprioception: [obs/state]
      actions: [actions]
      image_size: [32, 32]
encoder: {{name: impala, width: 8}}
policy: {{name: {head}}}
student: {{action_horizon: 4, execution_horizon: 2}}
train: {{batch_size: 8}}
"""


def main() -> None:
    """Print a row per head."""
    parser = argparse.ArgumentParser()
    parser.add_argument("heads", nargs="*", default=list_policies())
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        write_demonstrations(Path(folder, "demos"))
        for head in parser.parse_args().heads:
            rows.append((head, *compare(head, Path(folder))))
    print(f"{'head':<14} {'from the student':>17} {'between two calls':>18} {'MB':>7}")
    for head, same, again, megabytes in rows:
        print(f"{head:<14} {same:>17.1e} {again:>18.1e} {megabytes:>7.1f}")


def write_demonstrations(folder: Path) -> None:
    """Write three episodes of noise."""
    generator = np.random.default_rng(0)
    folder.mkdir()
    for episode in range(3):
        with h5py.File(folder / f"{episode}.h5", "w") as file:
            file["traj_0/obs/rgb"] = generator.integers(0, 256, (10, 32, 32, 3), np.uint8)
            file["traj_0/obs/state"] = generator.normal(size=(10, 3)).astype(np.float32)
            file["traj_0/actions"] = generator.normal(size=(10, 2)).astype(np.float32)


def compare(head: str, folder: Path) -> tuple[float, float, float]:
    """Return the largest differences of actions, by equal seeds and between two calls, and MB."""
    config = folder / f"{head}.yaml"
    config.write_text(_CONFIG.format(folder=folder, head=head))
    directory = run(load_config(config))
    try:
        exported = export_policy(directory.path, folder / f"{head}-policy", with_program=True)
    except ConfigError as error:
        print(error)
        return float("nan"), float("nan"), float("nan")
    file = exported / "program.pt2"
    program, saved = torch.export.load(file).module(), open_policy(exported)
    student = PolicyProgram(saved.student, saved.config.student.frozen_format)
    observation = example_observation(saved)
    with torch.no_grad():
        torch.manual_seed(0)
        first, second = program(observation), program(observation)
        torch.manual_seed(0)
        expected = student(observation)
    difference = (first - expected).abs().max().item()
    return difference, (first - second).abs().max().item(), file.stat().st_size / 1e6


if __name__ == "__main__":
    main()
