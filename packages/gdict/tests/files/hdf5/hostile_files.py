"""Damaged and hostile HDF5 files; run as a script, it reads thousands and counts the outcomes.

It is a process of its own, so that a crash or a loop inside the HDF5 library is seen as what it is.
"""

import json
import random
import sys
import time
from pathlib import Path

import h5py
import numpy as np

from gdict import GDict, GDictError, load_hdf5, open_hdf5, save_hdf5


def healthy(folder: Path) -> list[Path]:
    """Write files in our layout, plain and compressed, the original's, and another tool's."""
    data = GDict(
        {
            "obs": {"rgb": np.arange(2400, dtype=np.uint8).reshape(40, 60), "s": np.zeros((40, 2))},
            "list": [{"x": np.arange(4.0)}, ()],
            "n": "text",
            "t": (1, None, {}),
            3: np.float32(2),
            "u": np.array(["a", "bcd"]),
        }
    )
    paths = [folder / f"{name}.h5" for name in ("ours", "gzip", "original", "foreign")]
    save_hdf5(data, paths[0])
    save_hdf5(data, paths[1], compression="gzip")
    with h5py.File(paths[2], "w") as file:
        file.create_dataset("dict_str_a/dict_int_3", data=np.eye(10), compression="gzip")
        file["dict_str_a/dict_str_p"] = np.void(b"\x80\x04K\x03.")
        file["dict_str_b/list_int_0"] = np.zeros(3)
    with h5py.File(paths[3], "w") as file:
        file["language"] = ["open the drawer", "close it"]
        file["data/demo_0/actions"] = np.zeros((6, 7))
    return paths


def damaged(raw: bytes, rng: random.Random) -> bytes:
    """Return the bytes cut short, or with some of them changed."""
    if rng.random() < 0.3:
        return raw[: rng.randrange(len(raw))]
    data = bytearray(raw)
    for _ in range(rng.choice([1, 1, 2, 8])):
        position = rng.randrange(len(data))
        data[position] = rng.choice([rng.randrange(256), data[position] ^ (1 << rng.randrange(8))])
    return bytes(data)


def main(folder: Path, count: int, seed: int = 0) -> None:
    """Read `count` damaged files and print how many were refused, read, read wrongly, slow."""
    rng = random.Random(seed)
    paths = healthy(folder)
    raws = [path.read_bytes() for path in paths]
    originals = [load_hdf5(path, allow_pickle=True) for path in paths]
    outcomes = {"refused": 0, "read": 0, "ours read wrongly": 0, "slow": 0}
    target = folder / "damaged.h5"
    for number in range(count):
        kind = number % len(raws)
        target.write_bytes(damaged(raws[kind], rng))
        start = time.process_time()
        try:
            if number % 5 == 4:
                with open_hdf5(target) as opened:
                    opened.to_numpy()
            else:
                loaded = load_hdf5(target)
                outcomes["read"] += 1
                outcomes["ours read wrongly"] += kind < 2 and not loaded.equal(originals[kind])
        except GDictError as error:
            outcomes["refused"] += bool(str(error))
        outcomes["slow"] += time.process_time() - start > 2
    print(json.dumps(outcomes))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
