import contextlib
import json
import mmap
import os
from typing import Any

import numpy as np
import pytest

from gdict import GDictError, GDictRuntimeError, GDictTypeError, SharedGDict
from gdict.classes import shared_memory

TREE = {"a": np.arange(6.0).reshape(2, 3), "b": [np.zeros(0), "text", np.float32(2)]}


def test_what_is_written_is_seen_by_who_attaches() -> None:
    segment, tree = shared_memory.share(TREE)
    attached = shared_memory.attach(segment.handle)
    tree["a"][1, 2] = -1
    assert attached["a"].tolist() == [[0, 1, 2], [3, 4, -1]]
    assert attached["b"][1] == "text"
    assert attached["b"][2].tolist() == 2
    assert not attached["a"].flags.writeable


def test_arrays_start_at_cache_lines() -> None:
    _, tree = shared_memory.share(TREE)
    for leaf in (tree["a"], tree["b"][2]):
        assert leaf.ctypes.data % shared_memory.ALIGNMENT == 0


def test_closed_and_foreign_memory_is_refused() -> None:
    segment, _ = shared_memory.share(TREE)
    foreign = shared_memory.SharedHandle(os.getpid(), segment.handle.descriptor, b"x" * 16)
    with pytest.raises(GDictRuntimeError, match="replaced by another"):
        shared_memory.attach(foreign)
    segment.close()
    with pytest.raises(GDictRuntimeError, match=r"cannot be opened|replaced by another"):
        shared_memory.attach(segment.handle)


def test_memory_can_neither_shrink_nor_grow() -> None:
    """Reading what was cut off would kill the reader, with no error to catch."""
    segment, tree = shared_memory.share(TREE)
    for size in (0, 10, 1 << 20):
        with pytest.raises(PermissionError):
            os.ftruncate(segment.handle.descriptor, size)
    assert tree["a"].sum() == 15


def test_memory_that_could_shrink_is_refused() -> None:
    token = b"t" * 16
    descriptor = os.memfd_create("other")
    os.write(descriptor, token + bytes(4096))
    with pytest.raises(GDictRuntimeError, match="replaced by another"):
        shared_memory.attach(shared_memory.SharedHandle(os.getpid(), descriptor, token))
    os.close(descriptor)


@pytest.mark.parametrize(
    "forged",
    [
        None,
        (1, 2, b""),
        shared_memory.SharedHandle("1", 2, b"x" * 16),  # type: ignore[arg-type]
        shared_memory.SharedHandle(1, "../../../etc/passwd", b"x" * 16),  # type: ignore[arg-type]
        shared_memory.SharedHandle(1, 2, "x"),  # type: ignore[arg-type]
        shared_memory.SharedHandle(True, 2, b"x"),
    ],
)
def test_what_is_no_handle_is_refused(forged: Any) -> None:
    with pytest.raises(GDictTypeError, match="handle"):
        SharedGDict.attach(forged)


def test_handles_of_other_files_and_processes_are_refused_without_waiting() -> None:
    reading, writing = os.pipe()
    for pid, descriptor in [
        *((os.getpid(), number) for number in (0, 1, 2, reading, writing, -1, 10**30)),
        *((pid, 3) for pid in (0, 1, -1, 2**31, 10**30)),
    ]:
        with pytest.raises(GDictRuntimeError):
            shared_memory.attach(shared_memory.SharedHandle(pid, descriptor, b"x" * 16))
    os.close(reading)
    os.close(writing)


HEADERS: list[Any] = [
    {},
    [],
    {"tree": {"array": 0}, "arrays": [["|O", [2]]]},
    {"tree": {"array": 0}, "arrays": [["<f8", [10**9]]]},
    {"tree": {"array": 0}, "arrays": [["<f8", [-1]]]},
    {"tree": {"array": 0}, "arrays": [["<f8", [2**62, 2**62]]]},
    {"tree": {"array": 3}, "arrays": []},
    {"tree": {"tuple": 3}, "arrays": []},
    {"tree": {"array": 0, "scalar": False}, "arrays": [["what", [1]]]},
    {"tree": None, "arrays": [[None, None]]},
]


@pytest.mark.parametrize("header", HEADERS)
def test_sealed_memory_with_another_content_is_refused(header: Any) -> None:
    segment, _ = shared_memory.share(TREE)
    _write_header(segment, json.dumps(header).encode())
    with pytest.raises(GDictError):
        shared_memory.attach(segment.handle)


def test_random_changes_of_memory_are_errors_of_ours_or_other_numbers() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        segment, _ = shared_memory.share(TREE)
        memory = mmap.mmap(segment.handle.descriptor, 0)
        for place in rng.integers(16, min(len(memory), 400), rng.integers(1, 9)):
            memory[int(place)] = int(rng.integers(256))
        with contextlib.suppress(GDictError):
            shared_memory.attach(segment.handle)
        segment.close()


def _write_header(segment: shared_memory.Segment, header: bytes) -> None:
    memory = mmap.mmap(segment.handle.descriptor, 0)
    memory[16 : 24 + len(header)] = len(header).to_bytes(8, "little") + header
