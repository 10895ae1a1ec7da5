"""Prove that the installed wheel works with its declared dependencies: run it for a few steps."""

import subprocess
import sys
import tempfile
from pathlib import Path

CONFIG = """
threads: 1
algorithm: {name: dagger, rounds: 0, warmup_episodes: 1, updates_per_round: 1}
simulation:
  cabinets: {count: 1}
  held_out: {count: 1}
  cameras: {image_size: [32, 32]}
  episode_steps: 2
encoder:
  name: spawnnet
  backbone: {model: vit_tiny_patch16_224, weights: random, layers: [0, 1, 2]}
  width: 8
policy: {name: mlp}
train: {batch_size: 2}
evaluation: {episodes: 1, new_episodes: 1, held_out_episodes: 1}
"""


def main() -> None:
    command = Path(sys.executable).with_name("spawnnet-train")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "standalone.yaml").write_text(CONFIG)
        subprocess.run([command, "run", "standalone.yaml"], cwd=folder, check=True)
        run = Path(folder) / "runs" / "standalone" / "latest"
        subprocess.run([command, "eval", run], cwd=folder, check=True)
        subprocess.run([command, "latency", run, "--steps", "2"], cwd=folder, check=True)
        assert (run / "eval" / "summary.csv").is_file()
        assert (run / "videos" / "final_train.mp4").is_file()


if __name__ == "__main__":
    main()
