"""The words of this package as aliases of types: what a leaf, a tree, a key and an index are."""

import os
from collections.abc import Sequence
from typing import Any, TypeAlias

Leaf: TypeAlias = Any
"""Whatever is no dict, list or tuple: an array, a string, a Python number, None, ..."""

Array: TypeAlias = Any
"""A leaf with axes: a NumPy array or scalar, a torch tensor, or an h5py dataset.

torch and h5py are optional, so that this cannot be a union of their classes.
"""

Tree: TypeAlias = Any
"""Nested dicts, lists and tuples that are ours (see `trees.nodes.own`), or a single leaf."""

Data: TypeAlias = Any
"""What becomes a tree: a GDict, or any nesting of mappings, lists and tuples, or a leaf."""

Index: TypeAlias = Any
"""What NumPy takes in `array[index]`, and tensors: integers, slices, lists, masks, tuples."""

Key = str | int
"""The name of one child; the items of lists and tuples have the keys 0, 1, ..."""

Path = tuple[Key, ...]
"""Keys from the root to one child."""

KeyPath = str | tuple[Key, ...]
"""A path as users write it: `"obs/rgb"`, or a tuple that starts with a string."""

FilePath = str | os.PathLike[str]

Axes = int | tuple[int, ...] | None
Sizes = int | Sequence[int]

Device: TypeAlias = Any
"""A torch device or its name, such as `cuda:0`."""

Dtype: TypeAlias = Any
"""A data type of NumPy or torch or its name, such as `float32`."""
