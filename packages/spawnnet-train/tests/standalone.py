"""Prove that the installed wheel works with its declared dependencies, which hold no simulator.

A policy is cloned in a few steps, exported and loaded; what needs the simulator says so.
"""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

CLONING = """
threads: 1
algorithm:
  name: bc
  epochs: 1
  demonstrations:
    train: {path: demonstrations}
    keys:
      views: {wrist: {rgb: obs/rgb/0}}
      proprioception: [obs/state]
      actions: [actions]
encoder:
  name: spawnnet
  channels: rgb
  backbone: {model: vit_tiny_patch16_224, weights: random, layers: [0, 1, 2]}
  width: 8
policy: {name: mlp}
train: {batch_size: 2}
"""
DAGGER = """
algorithm: {name: dagger, rounds: 0}
simulation: {task: open_drawer}
encoder: {name: impala}
policy: {name: mlp}
"""
ACTING = """
import sys
import numpy as np
from spawnnet_train import load_policy
policy = load_policy(sys.argv[1])
image = np.full((48, 64, 3), 9, np.uint8)
action = policy.act({"rgb": {"wrist": image}, "proprioception": [0.0] * 3})
assert action.shape == (4,) and policy.latency().median > 0
unneeded = ("spawnnet_sim", "matplotlib", "tensorboard", "spawnnet_train.runs.launch")
assert not [name for name in unneeded if name in sys.modules], sorted(sys.modules)
"""


def write_demonstration(path: Path) -> None:
    generator = np.random.default_rng(0)
    path.parent.mkdir()
    with h5py.File(path, "w") as file:
        file["traj_0/obs/rgb"] = generator.integers(0, 256, (6, 1, 3, 32, 32), np.uint8)
        file["traj_0/obs/state"] = generator.normal(size=(6, 3)).astype(np.float32)
        file["traj_0/actions"] = generator.normal(size=(6, 4)).astype(np.float32)


def main() -> None:
    command = Path(sys.executable).with_name("spawnnet-train")
    if importlib.util.find_spec("spawnnet_sim"):
        sys.exit("Not without extras: spawnnet_sim can be imported.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_demonstration(folder / "demonstrations" / "0.h5")
        (folder / "clone.yaml").write_text(CLONING)
        (folder / "dagger.yaml").write_text(DAGGER)
        subprocess.run([command, "run", "clone.yaml"], cwd=folder, check=True)
        run = folder / "runs/clone/latest"
        subprocess.run([command, "export", run, "--to", "policy"], cwd=folder, check=True)
        subprocess.run([command, "latency", "policy", "--steps", "2"], cwd=folder, check=True)
        for policy in (run, folder / "policy"):
            subprocess.run([sys.executable, "-c", ACTING, policy], check=True)
        refused = subprocess.run(
            [command, "run", "dagger.yaml"], cwd=folder, capture_output=True, text=True
        )
        assert refused.returncode == 2, refused
        assert "pip install 'spawnnet-train[sim]'" in refused.stderr, refused.stderr
        assert len(refused.stderr.splitlines()) == 1, refused.stderr


if __name__ == "__main__":
    main()
