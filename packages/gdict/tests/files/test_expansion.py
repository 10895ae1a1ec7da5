import bz2
import gzip
import lzma
import zlib

import numcodecs
import numpy as np
import pyarrow as pa
import pytest

from gdict import GDictFileError
from gdict.files import expansion
from gdict.files.expansion import COMPRESSORS, check_expansion, is_surely_fine


def stream_of_zstd(data: bytes) -> bytes:
    """Compress what is not known to its end, so that no size is written before it."""
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(data)
    return bytes(packed.getvalue())


PACK = {
    "zlib": zlib.compress,
    "gzip": lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]),
    "bz2": bz2.compress,
    "lzma": lzma.compress,
    "blosc": lambda data: bytes(numcodecs.Blosc("zstd").encode(data)),
    "lz4": lambda data: bytes(numcodecs.LZ4().encode(data)),
    "zstd": lambda data: bytes(numcodecs.Zstd(1).encode(data)),
    "zstd of a stream": stream_of_zstd,
}


@pytest.fixture(autouse=True)
def _nothing_is_surely_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "FREE_BYTES", 0)


def test_every_compressor_is_tried() -> None:
    assert {name.split()[0] for name in PACK} == set(COMPRESSORS)


@pytest.mark.parametrize("name", PACK)
@pytest.mark.parametrize("size", [100, 70_000, 3_000_000])
def test_chunks_that_become_what_is_due_pass(name: str, size: int) -> None:
    values = np.random.default_rng(0).integers(0, 9, size, np.uint8).tobytes()
    check_expansion(name.split()[0], PACK[name](values), size)


@pytest.mark.parametrize("name", PACK)
def test_far_more_is_refused_before_it_is_unpacked(name: str) -> None:
    packed = PACK[name](bytes(5_000_000))
    with pytest.raises(GDictFileError, match=r"becomes \d{7} or more, for 2000000 of values"):
        check_expansion(name.split()[0], packed, 2_000_000)


@pytest.mark.parametrize("name", COMPRESSORS)
def test_damaged_chunks_are_left_to_their_decoder(name: str) -> None:
    for packed in (b"", b"\0", bytes(60)):
        check_expansion(name, packed, 1_000)


def test_deflate_is_fine_where_even_its_best_is_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expansion, "FREE_BYTES", 2**30)
    assert is_surely_fine("gzip", 900_000, 1)
    assert not is_surely_fine("zlib", 1_000_000, 1)
    assert not is_surely_fine("lzma", 1, 1)
