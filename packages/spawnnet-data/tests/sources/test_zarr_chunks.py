"""Rows of chunks that are decoded here are those that zarr reads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr

from spawnnet_data.sources.zarr_chunks import ChunkedRows

SHAPE = (23, 3, 4)
ROWS = np.array([19, 20, 3, 2, 22, 0, 11])  # of four chunks of 5 rows
VALUES = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
LITTLE, BIG = (zarr.codecs.BytesCodec(endian=endian) for endian in ("little", "big"))
WAYS: dict[str, dict[str, Any]] = {
    "2, blosc": {"zarr_format": 2, "compressors": numcodecs.Blosc("lz4")},
    "2, not compressed": {"zarr_format": 2, "compressors": None},
    "2, filtered": {"zarr_format": 2, "filters": [numcodecs.BitRound(9), numcodecs.Shuffle(4)]},
    "2, big endian": {"zarr_format": 2, "dtype": ">f4"},
    "2, columns first": {"zarr_format": 2, "order": "F"},
    "2, also cut across rows": {"zarr_format": 2, "chunks": (5, 2, 4)},
    "3": {"zarr_format": 3},
    "3, blosc": {"zarr_format": 3, "compressors": [zarr.codecs.BloscCodec()]},
    "3, twice": {
        "zarr_format": 3,
        "compressors": [zarr.codecs.GzipCodec(), zarr.codecs.ZstdCodec()],
    },
    "3, not compressed": {"zarr_format": 3, "compressors": None},
    "3, big endian": {"zarr_format": 3, "serializer": BIG},
    "3, transposed": {"zarr_format": 3, "filters": [zarr.codecs.TransposeCodec(order=(0, 2, 1))]},
    "3, shards": {"zarr_format": 3, "shards": (10, 3, 4)},
    "3, a check sum": {"zarr_format": 3, "compressors": [zarr.codecs.Crc32cCodec()]},
}


def write(folder: Path, way: dict[str, Any]) -> Any:
    """Write `VALUES` in chunks of 5 rows and return the open array."""
    settings = {"dtype": "f4", "chunks": (5, 3, 4), "shape": SHAPE, **way}
    array = zarr.create_array(str(folder), fill_value=-1, **settings)
    array[:] = VALUES
    return array


def files_of(folder: Path) -> Callable[[str], bytes | None]:
    """Return what reads a file of a folder, None if there is none."""

    def read(name: str) -> bytes | None:
        return (folder / name).read_bytes() if (folder / name).is_file() else None

    return read


@pytest.mark.parametrize("way", WAYS)
def test_rows_are_those_that_zarr_reads(tmp_path: Path, way: str) -> None:
    array = write(tmp_path, WAYS[way])
    chunked = ChunkedRows(array, files_of(tmp_path))
    for rows in (ROWS, ROWS[:2], ROWS[:0]):
        found = chunked.read(rows)
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array[:][rows])


@pytest.mark.parametrize("version", [2, 3])
def test_a_chunk_without_a_file_holds_what_fills_the_array(tmp_path: Path, version: int) -> None:
    array = write(tmp_path, {"zarr_format": version})
    (tmp_path / array.metadata.encode_chunk_key((1, 0, 0))).unlink()
    found = ChunkedRows(array, files_of(tmp_path)).read(np.array([4, 5, 9]))
    np.testing.assert_array_equal(found[0], VALUES[4])
    assert (found[1:] == -1).all()


def test_a_chunk_is_read_once_and_the_last_one_is_kept(tmp_path: Path) -> None:
    array, read = write(tmp_path, {"zarr_format": 2}), files_of(tmp_path)
    names: list[str] = []
    rows = ChunkedRows(array, lambda name: names.append(name) or read(name))
    rows.read(np.array([6, 1, 7, 2]))
    rows.read(np.array([8, 9]))
    assert names == ["0.0.0", "1.0.0"]
    rows.read(np.array([1]))
    assert names[2:] == ["0.0.0"]


def test_a_chunk_of_another_size_is_an_error(tmp_path: Path) -> None:
    array = write(tmp_path, {"zarr_format": 2, "compressors": None})
    (tmp_path / "2.0.0").write_bytes(bytes(7 * 4))
    with pytest.raises(ValueError, match="reshape"):
        ChunkedRows(array, files_of(tmp_path)).read(ROWS)
