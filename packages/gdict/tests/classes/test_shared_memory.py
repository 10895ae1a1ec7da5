import os

import numpy as np
import pytest

from gdict import GDictRuntimeError
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
