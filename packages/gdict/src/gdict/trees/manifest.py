"""Containers as JSON, with the arrays beside it: for formats that store a list of arrays."""

from typing import Any

import numpy as np

from gdict.aliases import Array, Tree
from gdict.arrays.backend import in_memory, is_array
from gdict.arrays.conversion import to_numpy
from gdict.errors import GDictFileError, GDictTypeError, raise_at
from gdict.trees.nodes import CONTAINERS, children

Node = dict[str, Any]

JsonLeaf = str | int | float | bool | None
"""Types of the leaves that JSON stores as they are."""


def encode(node: Tree, found: list[np.ndarray]) -> Node:
    """Return what JSON can say about `node`; append its arrays to `found`.

    Raises:
        GDictTypeError: If a leaf is neither an array without Python objects nor a JSON value.
    """
    if type(node) in CONTAINERS:
        items: list[Any] = []
        for key, child in children(node):
            try:
                items.append([key, encode(child, found)])
            except Exception as error:
                raise_at(error, key)
        return {type(node).__name__: items}
    if is_array(node):
        array = np.asarray(to_numpy(in_memory(node)))
        if array.dtype.hasobject:
            raise GDictTypeError("An array of Python objects cannot be stored; convert it first.")
        found.append(array)
        return {"array": len(found) - 1, "scalar": isinstance(node, np.generic)}
    if isinstance(node, JsonLeaf):
        return {"value": node}
    raise GDictTypeError(f"A leaf of type {type(node).__name__} cannot be stored.")


def decode(node: Node, found: list[Array]) -> Tree:
    """Undo `encode`.

    Raises:
        GDictFileError: If the JSON is not what `encode` writes.
    """
    try:
        return _decode(node, found)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise GDictFileError(f"The description of the containers is damaged: {error}.") from error


def _decode(node: Node, found: list[Array]) -> Tree:
    if "array" in node:
        array = found[node["array"]]
        return array[()] if node["scalar"] else array
    if "value" in node:
        return node["value"]
    ((kind, items),) = node.items()
    children = {key: _decode(child, found) for key, child in items}
    if kind == "dict":
        return children
    return {"list": list, "tuple": tuple}[kind](children.values())
