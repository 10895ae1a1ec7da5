"""Named arrays in memory that the parent owns."""

import mmap
from typing import Any, Dict, List

import numpy as np


def open_arrays(descriptor: int, size: int, fields: List[Dict[str, Any]]) -> Dict[str, np.ndarray]:
    """Return the arrays; writes are seen by both sides.

    Args:
        descriptor: Of the memory.
        size: Of the memory, in bytes.
        fields: For each array its `name`, `dtype`, `shape` and `offset` in bytes.
    """
    block = mmap.mmap(descriptor, size)
    arrays = {}
    for field in fields:
        count = int(np.prod(field["shape"]))
        flat = np.frombuffer(block, field["dtype"], count, field["offset"]) if count else []
        arrays[field["name"]] = np.asarray(flat, field["dtype"]).reshape(field["shape"])
    return arrays
