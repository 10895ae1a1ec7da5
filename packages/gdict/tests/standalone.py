"""Prove that the wheel works with NumPy alone; exits with an error otherwise."""

import importlib.util
import sys
import tempfile
from pathlib import Path

import numpy as np

import gdict

OPTIONAL = ("torch", "h5py", "yaml", "optree", "tensordict")
SIBLINGS = (
    "spawnnet_data",
    "spawnnet_encoders",
    "spawnnet_policies",
    "spawnnet_record",
    "spawnnet_sim",
    "spawnnet_train",
)


def check_environment() -> None:
    """Make sure that nothing but the declared dependencies is there."""
    for name in (*OPTIONAL, *SIBLINGS):
        if importlib.util.find_spec(name):
            raise SystemExit(f"{name} is installed, so this would prove nothing.")
    try:
        gdict.load_hdf5("x.h5")
    except gdict.MissingExtraError as error:
        if "spawnnet-gdict[hdf5]" in str(error):
            return
    raise SystemExit("Reading HDF5 without h5py did not name the extra to install.")


def main() -> None:
    """Use every part that needs only NumPy."""
    if "--with-extras" not in sys.argv:
        check_environment()
    data = gdict.DictArray({"obs": {"rgb": np.zeros((6, 3, 4, 5), np.uint8)}, "x": np.arange(6.0)})
    assert data[1:3]["obs/rgb"].shape == (2, 3, 4, 5)
    assert data.mean()["x"] == 2.5
    ring = gdict.RingBuffer(4)
    ring.append(data)
    assert ring.gather([0, -1])["x"].tolist() == [2, 5]
    packed = gdict.Quantizer(0.0, 5.0).encode(data)
    assert packed["x"].dtype == np.uint16
    with tempfile.TemporaryDirectory() as folder:
        gdict.save_npz(data, Path(folder) / "x.npz")
        assert gdict.load_npz(Path(folder) / "x.npz").equal(data)
        gdict.save_csv(data.select_by_keys("x"), Path(folder) / "x.csv")
        assert len(gdict.load_csv(Path(folder) / "x.csv")) == 6
    if sys.platform == "linux":
        shared = gdict.SharedGDict(data)
        assert gdict.SharedGDict.attach(shared.handle).equal(data)
    loaded = set(OPTIONAL) & set(sys.modules)
    assert not loaded, loaded


if __name__ == "__main__":
    main()
