"""Compare gdict with tensordict, optree, torch's pytree and plain dictionaries, in one run.

    python benchmarks/tensor_dicts.py [--image-size 16] [--rows 64] [--file-size 1.0]

The data is an observation: three RGB views, depth, and a state vector. gdict, optree and the
plain dictionaries hold NumPy arrays; `gdict torch`, tensordict and torch's pytree hold tensors.
Each number is the median of several repeats, in microseconds. Needs
`spawnnet-gdict[hdf5,torch,tensordict]` and optree.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

LIBRARIES = ("gdict", "gdict torch", "tensordict", "optree", "pytree", "dict")
REPEATS = 151
REPEAT_SECONDS = 0.002  # short, so that most repeats are not interrupted
SLICE_ROWS = 64

Row = dict[str, Callable[[], Any]]


def observation(rows: int, size: int) -> dict[str, Any]:
    """Return `rows` observations: rgb `(rows, 3, size, size)` of 3 views, depth, state."""
    rng = np.random.default_rng(0)
    views = ("front", "left", "wrist")
    return {
        "rgb": {v: rng.integers(0, 256, (rows, 3, size, size), dtype=np.uint8) for v in views},
        "depth": rng.random((rows, 1, size, size), dtype=np.float32),
        "state": rng.random((rows, 7), dtype=np.float32),
    }


def comprehension(fn: Callable[..., Any], *trees: Any) -> Any:
    """Map over plain nested dictionaries, as one writes it without a library."""
    return {
        key: comprehension(fn, *(tree[key] for tree in trees))
        if isinstance(child, dict)
        else fn(*(tree[key] for tree in trees))
        for key, child in trees[0].items()
    }


def median_times(row: Row) -> dict[str, float]:
    """Return the median time of one call of each function, in microseconds.

    The functions take turns, so that all of them meet the same disturbances.
    """
    times: dict[str, list[float]] = {name: [] for name in row}
    calls = {name: calls_per_repeat(fn) for name, fn in row.items()}
    for _ in range(REPEATS):
        for name, fn in row.items():
            start = time.perf_counter()
            for _ in range(calls[name]):
                fn()
            times[name].append((time.perf_counter() - start) / calls[name])
    return {name: statistics.median(found) * 1e6 for name, found in times.items()}


def calls_per_repeat(fn: Callable[[], Any]) -> int:
    """Return how often to call a function for one repeat, after warming it up."""
    fn()
    start = time.perf_counter()
    fn()
    return max(1, int(REPEAT_SECONDS / max(time.perf_counter() - start, 1e-7)))


def rows_in_memory(rows: int, size: int) -> dict[str, Row]:
    """Return the operations on data in memory, by row of the table and library."""
    import optree
    import torch
    from tensordict import TensorDict
    from torch.utils import _pytree

    from gdict import DictArray, GDict

    plain = observation(rows, size)
    tensors = comprehension(torch.from_numpy, plain)
    mine, mine_torch = DictArray(plain), DictArray(tensors)
    theirs = TensorDict(tensors, batch_size=[rows])
    value, tensor = plain["rgb"]["left"], tensors["rgb"]["left"]
    part = slice(rows // 8, rows // 2)
    indices = np.random.default_rng(1).integers(0, rows, rows // 2)
    tensor_indices = torch.from_numpy(indices)
    singles = [comprehension(lambda x, i=i: x[i % rows], plain) for i in range(64)]
    single_tensors = [comprehension(torch.from_numpy, s) for s in singles]
    single_mine, single_mine_torch = map(GDict, singles), map(GDict, single_tensors)
    single_mine, single_mine_torch = list(single_mine), list(single_mine_torch)
    single_theirs = [TensorDict(s, batch_size=[]) for s in single_tensors]
    device = "cuda" if torch.cuda.is_available() else "cpu"

    def set_plain() -> None:
        plain["rgb"]["left"] = value

    def set_item(target: Any, key: Any, item: Any) -> Callable[[], None]:
        return lambda: target.__setitem__(key, item)

    def round_trip(flatten: Any, unflatten: Any) -> Callable[[], Any]:
        return lambda: unflatten(*flatten())

    return {
        "construct": {
            "gdict": lambda: GDict(plain),
            "gdict torch": lambda: GDict(tensors),
            "tensordict": lambda: TensorDict(tensors, batch_size=[rows]),
            "dict": lambda: comprehension(lambda x: x, plain),
        },
        "get nested": {
            "gdict": lambda: mine["rgb/left"],
            "gdict torch": lambda: mine_torch["rgb/left"],
            "tensordict": lambda: theirs["rgb", "left"],
            "dict": lambda: plain["rgb"]["left"],
        },
        "set nested": {
            "gdict": set_item(GDict(plain), "rgb/left", value),
            "gdict torch": set_item(GDict(tensors), "rgb/left", tensor),
            "tensordict": set_item(theirs.clone(False), ("rgb", "left"), tensor),
            "dict": set_plain,
        },
        "slice": {
            "gdict": lambda: mine[part],
            "gdict torch": lambda: mine_torch[part],
            "tensordict": lambda: theirs[part],
            "optree": lambda: optree.tree_map(lambda x: x[part], plain),
            "pytree": lambda: _pytree.tree_map(lambda x: x[part], tensors),
            "dict": lambda: comprehension(lambda x: x[part], plain),
        },
        "fancy index": {
            "gdict": lambda: mine[indices],
            "gdict torch": lambda: mine_torch[tensor_indices],
            "tensordict": lambda: theirs[tensor_indices],
            "optree": lambda: optree.tree_map(lambda x: x[indices], plain),
            "pytree": lambda: _pytree.tree_map(lambda x: x[tensor_indices], tensors),
            "dict": lambda: comprehension(lambda x: x[indices], plain),
        },
        "stack of 64": {
            "gdict": lambda: GDict.stack(single_mine),
            "gdict torch": lambda: GDict.stack(single_mine_torch),
            "tensordict": lambda: TensorDict.stack(single_theirs),
            "optree": lambda: optree.tree_map(lambda *x: np.stack(x), *singles),
            "pytree": lambda: _pytree.tree_map(lambda *x: torch.stack(x), *single_tensors),
            "dict": lambda: comprehension(lambda *x: np.stack(x), *singles),
        },
        "concat of 8": {
            "gdict": lambda: GDict.concat([mine] * 8),
            "gdict torch": lambda: GDict.concat([mine_torch] * 8),
            "tensordict": lambda: TensorDict.cat([theirs] * 8),
            "optree": lambda: optree.tree_map(lambda *x: np.concatenate(x), *[plain] * 8),
            "pytree": lambda: _pytree.tree_map(lambda *x: torch.cat(x), *[tensors] * 8),
            "dict": lambda: comprehension(lambda *x: np.concatenate(x), *[plain] * 8),
        },
        "map": {
            "gdict": lambda: mine.map(lambda x: x),
            "gdict torch": lambda: mine_torch.map(lambda x: x),
            "tensordict": lambda: theirs.apply(lambda x: x),
            "optree": lambda: optree.tree_map(lambda x: x, plain),
            "pytree": lambda: _pytree.tree_map(lambda x: x, tensors),
            "dict": lambda: comprehension(lambda x: x, plain),
        },
        "flatten, unflatten": {
            "gdict": round_trip(mine.flatten, lambda leaves, s: GDict.unflatten(s, leaves)),
            "gdict torch": round_trip(
                mine_torch.flatten, lambda leaves, s: GDict.unflatten(s, leaves)
            ),
            "tensordict": lambda: theirs.flatten_keys().unflatten_keys(),
            "optree": round_trip(
                lambda: optree.tree_flatten(plain), lambda x, s: optree.tree_unflatten(s, x)
            ),
            "pytree": round_trip(lambda: _pytree.tree_flatten(tensors), _pytree.tree_unflatten),
        },
        "to torch": {
            "gdict": mine.to_torch,
            "tensordict": lambda: TensorDict(plain, batch_size=[rows]),
            "optree": lambda: optree.tree_map(torch.from_numpy, plain),
            "dict": lambda: comprehension(torch.from_numpy, plain),
        },
        f"copy to device ({device})": {
            "gdict torch": mine_torch.cuda if device == "cuda" else mine_torch.copy,
            "tensordict": theirs.cuda if device == "cuda" else theirs.clone,
            "optree": lambda: optree.tree_map(lambda x: x.to(device, copy=True), tensors),
            "pytree": lambda: _pytree.tree_map(lambda x: x.to(device, copy=True), tensors),
            "dict": lambda: comprehension(lambda x: x.to(device, copy=True), tensors),
        },
    }


def rows_on_disk(rows: int, size: int, folder: Path) -> dict[str, Row]:
    """Return saving to and loading from files."""
    import torch
    from tensordict import PersistentTensorDict, TensorDict

    from gdict import GDict, load_hdf5, load_npz, save_hdf5, save_npz

    plain = observation(rows, size)
    mine = GDict(plain)
    tensors = comprehension(torch.from_numpy, plain)
    theirs = TensorDict(tensors, batch_size=[rows])
    files = {name: folder / f"small.{name}" for name in ("h5", "td.h5", "npz", "memmap", "pt")}

    def save_mine() -> None:
        files["h5"].unlink(missing_ok=True)  # as below: both write a new file
        save_hdf5(mine, files["h5"])

    def save_mine_npz() -> None:
        files["npz"].unlink(missing_ok=True)
        save_npz(mine, files["npz"])

    def save_theirs() -> None:
        files["td.h5"].unlink(missing_ok=True)
        PersistentTensorDict.from_dict(theirs, filename=files["td.h5"]).close()

    def load_theirs() -> Any:
        opened = PersistentTensorDict(filename=files["td.h5"], batch_size=[rows])
        loaded = opened.to_tensordict()
        opened.close()
        return loaded

    saves: dict[str, Row] = {
        "save HDF5": {"gdict": save_mine, "tensordict": save_theirs},
        "save, npz or memmap": {
            "gdict": save_mine_npz,
            "tensordict": lambda: theirs.memmap(files["memmap"]),
            "pytree": lambda: torch.save(tensors, files["pt"]),
        },
    }
    for row in saves.values():
        for save in row.values():
            save()
    return {
        **saves,
        "load HDF5": {"gdict": lambda: load_hdf5(files["h5"]), "tensordict": load_theirs},
        "load, npz or memmap": {
            "gdict": lambda: load_npz(files["npz"]),
            "tensordict": lambda: TensorDict.load_memmap(files["memmap"]).clone(),
            "pytree": lambda: torch.load(files["pt"], weights_only=True),
        },
    }


def write_large_file(path: Path, gigabytes: float) -> None:
    """Write an HDF5 file of observations, in pieces, so that memory stays small."""
    import h5py

    piece = observation(256, 96)
    repeats = max(1, round(gigabytes * 2**30 / sum(x.nbytes for x in leaves(piece))))
    with h5py.File(path, "w") as file:
        for name, array in paths(piece):
            shape = (repeats * len(array), *array.shape[1:])
            dataset = file.create_dataset(name, shape, array.dtype)
            for start in range(0, len(dataset), len(array)):
                dataset[start : start + len(array)] = array


def paths(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, np.ndarray]]:
    """Return the paths and leaves of nested dictionaries."""
    found = []
    for key, child in tree.items():
        inner = paths(child, f"{prefix}{key}/") if isinstance(child, dict) else None
        found.extend([(prefix + key, child)] if inner is None else inner)
    return found


def leaves(tree: dict[str, Any]) -> list[np.ndarray]:
    """Return the leaves of nested dictionaries."""
    return [leaf for _, leaf in paths(tree)]


def lazy_slice(library: str, path: str) -> dict[str, float]:
    """Read some rows from the middle of a large file; run in a process of its own."""
    if library == "gdict":
        from gdict import open_hdf5

        opened = open_hdf5(path)
        count = len(opened["state"])
    else:
        from tensordict import PersistentTensorDict

        opened = PersistentTensorDict(filename=path, batch_size=[])
        count = len(opened["state"])
        opened.batch_size = [count]
    before, peak = bytes_read(), peak_bytes()
    start = time.perf_counter()
    middle = slice(count // 2, count // 2 + SLICE_ROWS)
    part = opened[middle]
    if library != "gdict":
        part = part.to_tensordict()
    seconds = time.perf_counter() - start
    returned = 3 * SLICE_ROWS * 3 * 96 * 96 + SLICE_ROWS * 4 * (96 * 96 + 7)
    del part
    return {
        "us": seconds * 1e6,
        "read / returned": (bytes_read() - before) / returned,
        "extra peak MiB": (peak_bytes() - peak) / 2**20,
        "peak MiB": peak_bytes() / 2**20,
    }


def bytes_read() -> int:
    """Return the bytes that this process has read through system calls."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("rchar")))


def peak_bytes() -> int:
    """Return the largest resident size of this process so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) * 1024


def print_table(rows: dict[str, Row]) -> None:
    """Measure and print one line per row, with the two ratios that the package promises."""
    print(f"{'microseconds':26}" + "".join(f"{name:>13}" for name in LIBRARIES), end="")
    print(f"{'tensordict':>14}{'of optree':>12}")
    for name, row in rows.items():
        gc.collect()
        times = median_times(row)
        cells = [f"{times[lib]:13.2f}" if lib in times else f"{'-':>13}" for lib in LIBRARIES]
        mine = times.get("gdict", times.get("gdict torch", float("nan")))
        speedup = f"{times['tensordict'] / mine:12.1f} x" if "tensordict" in times else f"{'-':>14}"
        share = f"{mine / times['optree']:10.2f} x" if "optree" in times else f"{'-':>12}"
        print(f"{name:26}" + "".join(cells) + speedup + share, flush=True)


def print_lazy_slices(path: Path) -> None:
    """Measure reading from a large file, each library in a fresh process, and print it."""
    size = path.stat().st_size / 2**30
    print(f"\nlazy slice of {SLICE_ROWS} rows from an HDF5 file of {size:.2f} GiB")
    for library in ("gdict", "tensordict"):
        command = [sys.executable, __file__, "--lazy", library, str(path)]
        found = [json.loads(subprocess.check_output(command)) for _ in range(3)]
        values = {key: statistics.median(f[key] for f in found) for key in found[0]}
        print(f"{library:12}" + "".join(f"  {key} {value:.2f}" for key, value in values.items()))


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image-size", type=int, default=16, help="height and width in pixels")
    parser.add_argument("--rows", type=int, default=64, help="observations per batch")
    parser.add_argument("--file-size", type=float, default=1.0, help="GiB of the large file")
    parser.add_argument("--lazy", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.lazy:
        print(json.dumps(lazy_slice(*arguments.lazy)))
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        print_table(rows_in_memory(arguments.rows, arguments.image_size))
        print_table(rows_on_disk(arguments.rows, arguments.image_size, Path(folder)))
        large = Path(folder) / "large.h5"
        write_large_file(large, arguments.file_size)
        print_lazy_slices(large)


if __name__ == "__main__":
    main()
