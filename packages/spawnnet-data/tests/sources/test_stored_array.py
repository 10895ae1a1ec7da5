from pathlib import Path

import h5py
import numpy as np
import pytest

from spawnnet_data.common.recent import RecentlyUsed
from spawnnet_data.sources.stored_array import StoredArray

STEPS = np.array([4, 5, 1, 1, 6, 0])


def files() -> RecentlyUsed[Path, h5py.File]:
    return RecentlyUsed(h5py.File, 2)


@pytest.mark.parametrize("dtype", ["u1", "<f4", ">f4", "<i8", "?", "f2"])
@pytest.mark.parametrize("options", [{}, {"chunks": (2, 3, 5)}, {"compression": "gzip"}])
@pytest.mark.parametrize("view", [None, 2])
def test_steps_are_those_that_h5py_reads(
    tmp_path: Path, dtype: str, options: dict[str, object], view: int | None
) -> None:
    values = np.random.default_rng(0).integers(0, 2, (7, 3, 5)).astype(dtype)
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=512) as file:
        file.create_dataset("x", data=values, **options)
        file.create_dataset("y", data=np.ones(9))
        array = StoredArray.of(file["x"])
    assert (array.offset is None) == bool(options)
    expected = values[STEPS] if view is None else values[STEPS, view]
    found = np.empty_like(expected)
    array.read(STEPS, view, found, files())
    np.testing.assert_array_equal(found, expected)


def test_file_that_was_cut_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.ones((7, 3))
        array = StoredArray.of(file["x"])
    assert array.offset is not None
    path.write_bytes(path.read_bytes()[: array.offset + 100])
    out = np.empty((1, 3))
    array.read(np.array([2]), None, out, files())
    with pytest.raises(OSError, match="cut short"):
        array.read(np.array([6]), None, out, files())


def test_array_that_was_never_written_reads_as_zeros(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        array = StoredArray.of(file.create_dataset("x", (4, 2), "f4"))
    out = np.ones((2, 2), np.float32)
    array.read(np.array([1, 3]), None, out, files())
    assert (out == 0).all()


@pytest.mark.parametrize("shape", [(4, 0), (4, 0, 3), (4, 1, 0)])
def test_array_without_values_is_read(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        array = StoredArray.of(file.create_dataset("x", shape, "u1"))
    out = np.empty((2, *shape[1:]), np.uint8)
    array.read(np.array([1, 3]), None, out, files())
