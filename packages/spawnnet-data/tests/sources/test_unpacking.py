"""A chunk that becomes far more than its values need is refused before it does."""

import bz2
import gzip
import lzma
import zlib
from pathlib import Path
from typing import Any

import h5py
import numcodecs
import numpy as np
import pyarrow as pa
import pytest
import zarr

from spawnnet_data import DataError, open_source
from spawnnet_data.sources.unpacking import require_within

BYTES = zarr.codecs.BytesCodec()
MANY = 150 * 10**6  # zeros
PACK = {
    "zlib": zlib.compress,
    "gzip": lambda data: gzip.compress(data[:9]) + gzip.compress(data),
    "bz2": bz2.compress,
    "lzma": lambda data: lzma.compress(data, preset=0),
    "blosc": lambda data: bytes(numcodecs.Blosc("zstd").encode(data)),
    "lz4": lambda data: bytes(numcodecs.LZ4().encode(data)),
    "zstd": lambda data: bytes(numcodecs.Zstd(1).encode(data)),
    "zstd without a size": lambda data: as_stream_of_zstd(data),
}


def as_stream_of_zstd(data: bytes) -> bytes:
    """Compress what is not known to its end, so that no size is written before it."""
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(data)
    return bytes(packed.getvalue())


@pytest.fixture(scope="module")
def deflated() -> bytes:
    return zlib.compress(bytes(MANY), 9)


@pytest.mark.parametrize("codec", PACK)
@pytest.mark.parametrize("size", [100, 70_000, 3_000_000])
def test_chunks_that_are_what_they_should_be_pass(codec: str, size: int) -> None:
    values = np.random.default_rng(0).integers(0, 9, size, np.uint8).tobytes()
    require_within(codec.split()[0], PACK[codec](values), size)


@pytest.mark.parametrize("codec", sorted({*PACK} - {"zlib", "gzip"}))
def test_more_than_values_need_is_refused(codec: str) -> None:
    packed = PACK[codec](bytes(6_000_000))
    with pytest.raises(ValueError, match=r"becomes [\d,]+ or more, 2,000,000 are due"):
        require_within(codec.split()[0], packed, 2_000_000)


def test_deflate_is_refused_where_it_could_cost_memory(deflated: bytes) -> None:
    for codec, packed in (("zlib", deflated), ("gzip", gzip.compress(b"x") + _as_gzip(deflated))):
        with pytest.raises(ValueError, match="1,000 are due"):
            require_within(codec, packed, 1_000)
        require_within(codec, packed, MANY)


def _as_gzip(deflated: bytes) -> bytes:
    checksum = zlib.crc32(bytes(MANY)).to_bytes(4, "little") + MANY.to_bytes(4, "little")
    return gzip.compress(b"")[:10] + deflated[2:-4] + checksum


@pytest.mark.parametrize("codec", [*PACK, "unknown"])
def test_damaged_chunks_are_left_to_who_reads_them(codec: str) -> None:
    for packed in (b"", b"\0", bytes(60)):
        require_within(codec.split()[0], packed, 1_000)


def test_an_hdf5_file_is_refused_by_key_and_step(tmp_path: Path, deflated: bytes) -> None:
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["data/demo_0/actions"] = np.ones((4, 7), np.float32)
        options: Any = {"shape": (4, 200_000), "dtype": "u1", "chunks": (1, 200_000)}
        state = file.create_dataset("data/demo_0/obs/state", compression="gzip", **options)
        state[:2] = 3
        state.id.write_direct_chunk((2, 0), deflated)
    source = open_source(tmp_path / "a.hdf5")
    assert source.read(0, "obs/state", [0, 1]).shape == (2, 200_000)
    with pytest.raises(DataError, match=r"key obs/state, step 2: .* 200,000 are due"):
        source.read(0, "obs/state")


def test_chunks_that_are_stored_as_they_are_are_read(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 256, (2, 200_000), np.uint8)
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["data/demo_0/actions"] = np.ones((2, 7), np.float32)
        options: Any = {"shape": values.shape, "dtype": "u1", "chunks": (1, 200_000)}
        state = file.create_dataset("data/demo_0/obs/state", compression="gzip", **options)
        for step, row in enumerate(values):
            state.id.write_direct_chunk((step, 0), row.tobytes(), filter_mask=1)
    np.testing.assert_array_equal(open_source(tmp_path / "a.hdf5").read(0, "obs/state"), values)


@pytest.mark.parametrize("chunks", [(2, 100_000), (2, 200_000)])
def test_a_replay_buffer_is_refused_by_key_and_step(
    tmp_path: Path, deflated: bytes, chunks: tuple[int, int]
) -> None:
    root = zarr.open_group(str(tmp_path / "a.zarr"), mode="w", zarr_format=2)
    root.create_array("meta/episode_ends", data=np.array([4]))
    root.create_array("data/action", data=np.ones((4, 7), np.float32))
    values = np.ones((4, 200_000), np.uint8)
    codec = numcodecs.Zlib()
    root.create_array("data/state", data=values, chunks=chunks, compressors=codec)
    (tmp_path / "a.zarr/data/state/1.0").write_bytes(deflated)
    source = open_source(tmp_path / "a.zarr")
    assert source.read(0, "state", [0, 1]).shape == (2, 200_000)
    with pytest.raises(DataError, match=r"key state, step 2: .* are due"):
        source.read(0, "state")


@pytest.mark.parametrize("place", ["start", "end"])
def test_a_chunk_within_a_shard_is_refused(tmp_path: Path, place: Any) -> None:
    bomb = as_stream_of_zstd(bytes(6_000_000))
    root = zarr.open_group(str(tmp_path / "a.zarr"), mode="w", zarr_format=3)
    root.create_array("meta/episode_ends", data=np.array([6]))
    root.create_array("data/action", data=np.ones((6, 7), np.float32))
    shards = zarr.codecs.ShardingCodec(
        chunk_shape=(3, 1000), codecs=(BYTES, zarr.codecs.ZstdCodec()), index_location=place
    )
    options: Any = {"chunks": (6, 1000), "serializer": shards, "compressors": None}
    root.create_array("data/state", data=np.ones((6, 1000), np.uint8), **options)
    np.testing.assert_array_equal(open_source(tmp_path / "a.zarr").read(0, "state"), 1)
    file = tmp_path / "a.zarr/data/state/c/0/0"
    start = 36 if place == "start" else 0
    index = np.array([start, len(bomb), start, len(bomb)], "<u8").tobytes()
    index += bytes(4)  # a check sum that nobody gets to
    file.write_bytes(index + bomb if place == "start" else bomb + index)
    with pytest.raises(DataError, match=r"key state, step 0: .* 3,000 are due"):
        open_source(tmp_path / "a.zarr").read(0, "state")
