"""Chunks of HDF5 are checked before they are unpacked, and each once."""

import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from spawnnet_data.sources import hdf5_chunks
from spawnnet_data.sources.hdf5_chunks import ChunkGuard

SHAPE, CHUNK = (6, 700, 900), (2, 700, 900)
NOISE = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)  # does not become shorter


def written(folder: Path) -> h5py.Dataset:
    file = h5py.File(folder / "a.h5", "w")
    return file.create_dataset("x", data=NOISE, chunks=CHUNK, compression="gzip")


def test_what_is_wrong_is_found_where_it_is_read(tmp_path: Path) -> None:
    dataset, guard = written(tmp_path), ChunkGuard()
    dataset.id.write_direct_chunk((2, 0, 0), zlib.compress(bytes(300 * 10**6), 9))
    guard.check(dataset, np.array([0, 1, 5]))
    for _ in range(2):
        with pytest.raises(ValueError, match="are due"):
            guard.check(dataset, np.array([5, 3]))


def test_large_chunks_are_unpacked_to_be_checked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(hdf5_chunks, "require_within", lambda *args: sizes.append(len(args[1])))
    dataset, guard = written(tmp_path), ChunkGuard()
    for steps in ([0, 1], [1, 4], [4, 0]):
        guard.check(dataset, np.array(steps))
    assert len(sizes) == 2


def test_small_chunks_are_told_by_their_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hdf5_chunks, "check_chunks", lambda *_: pytest.fail("looked at each"))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        small = NOISE[:, :20, :30]
        file.create_dataset("x", data=small, chunks=(1, 20, 30), compression="gzip")
        ChunkGuard().check(file["x"], np.arange(6))
