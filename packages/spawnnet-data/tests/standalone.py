"""Prove that the installed wheel works with its declared dependencies: inspect a small file."""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import h5py
import numpy as np

OTHERS = (
    "gdict",
    "spawnnet_encoders",
    "spawnnet_policies",
    "spawnnet_sim",
    "spawnnet_record",
    "spawnnet_train",
)


def main() -> None:
    assert not any(map(find_spec, OTHERS)), "another package of the repository is installed"
    command = Path(sys.executable).with_name("spawnnet-data")
    with tempfile.TemporaryDirectory() as folder:
        with h5py.File(Path(folder) / "0.h5", "w") as file:
            file["traj_0/obs/rgb"] = np.zeros((5, 1, 3, 16, 24), np.uint8)
            file["traj_0/actions"] = np.zeros((5, 2), np.float32)
        subprocess.run([command, "inspect", "0.h5"], cwd=folder, check=True)
        subprocess.run([command, "check", "0.h5"], cwd=folder, check=True)
        subprocess.run([command, "convert", "0.h5", "converted"], cwd=folder, check=True)
        assert list((Path(folder) / "converted").glob("*.h5"))


if __name__ == "__main__":
    main()
