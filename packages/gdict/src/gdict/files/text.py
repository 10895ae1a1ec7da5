"""JSON and YAML files, to be read by people and programs."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from gdict.aliases import Data, FilePath, Leaf, Tree
from gdict.arrays.backend import in_memory, is_array, require
from gdict.arrays.conversion import to_numpy
from gdict.classes.gdict import GDict
from gdict.errors import GDictFileError, GDictTypeError
from gdict.files.atomic import replacing
from gdict.files.yaml_nodes import parsed_yaml
from gdict.trees.manifest import JsonLeaf
from gdict.trees.nodes import own
from gdict.trees.walks import collect_leaves, map_leaves

TEXT_KINDS = "biufU"
"""Kinds of NumPy's types of which text formats keep the values: numbers, booleans and text."""


def save_json(data: Data, path: FilePath) -> None:
    """Write a JSON file to be read by people and programs: arrays as lists of numbers.

    Data types, tuples and integer keys are not kept; use HDF5 or npz for that.

    Args:
        data: A GDict, or what can become one.
        path: The file; an interrupted save leaves the old one.

    Raises:
        GDictTypeError: If a leaf cannot be written as text; the path names it.
    """
    text = json.dumps(_writable(data), indent=1)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def load_json(path: FilePath) -> GDict:
    """Read a JSON file; rectangular lists of numbers or booleans become arrays.

    Raises:
        GDictFileError: If it is not JSON.
    """
    return GDict(_with_arrays(parsed_json(Path(path).read_bytes(), path)))


def save_yaml(data: Data, path: FilePath) -> None:
    """Write a YAML file as `save_json` does.

    Args:
        data: A GDict, or what can become one.
        path: The file; an interrupted save leaves the old one.

    Raises:
        GDictTypeError: If a leaf cannot be written as text; the path names it.
        MissingExtraError: If PyYAML is not installed.
    """
    yaml = require("yaml", "yaml")
    plain = json.loads(json.dumps(_writable(data)))  # tuples become lists
    with replacing(path) as temporary:
        text = yaml.safe_dump(plain, sort_keys=False, default_flow_style=None)
        temporary.write_text(text, encoding="utf-8")


def load_yaml(path: FilePath) -> GDict:
    """Read a YAML file; rectangular lists of numbers or booleans become arrays.

    Raises:
        GDictFileError: If it is not plain YAML, is nested more than 100 deep or within itself, or
            its aliases multiply what is written.
        MissingExtraError: If PyYAML is not installed.
    """
    require("yaml", "yaml")
    data = Path(path).read_bytes()
    try:
        plain = parsed_yaml(data.decode("utf-8"))
    except Exception as error:  # explicit tags lead PyYAML to any of them
        reason = " ".join(str(error).split()) or type(error).__name__
        raise GDictFileError(f"{path} cannot be read as YAML: {reason}.") from error
    return GDict(_with_arrays(plain))


def parsed_json(text: str | bytes, path: FilePath) -> Any:
    """Return what the JSON read from `path` says.

    Raises:
        GDictFileError: If it is not JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GDictFileError(f"{path} cannot be read as JSON: {error}.") from error


def _with_arrays(node: Any) -> Any:
    """Return `node` with rectangular lists of numbers or booleans as arrays."""
    if isinstance(node, dict):
        return {key: _with_arrays(child) for key, child in node.items()}
    if not isinstance(node, list):
        return node
    if node and _holds_numbers(node):
        try:
            array = np.array(node)
        except ValueError:  # ragged: stays a list of rows
            array = np.array(None)
        if array.dtype != object:  # integers beyond 64 bits stay a list
            return array
    return [_with_arrays(child) for child in node]


def _holds_numbers(node: Any) -> bool:
    """Return whether all leaves of nested lists are numbers, or all are booleans."""
    kinds = {type(leaf) for leaf in collect_leaves(node, [])}
    return bool(kinds) and (kinds <= {int, float} or kinds == {bool})


def _writable(data: Data) -> Tree:
    """Return the tree of `data` with arrays as lists, after checking that text can hold them."""
    return map_leaves(_writable_leaf, own(data))


def _writable_leaf(leaf: Leaf) -> Leaf:
    if is_array(leaf):
        array = to_numpy(in_memory(leaf))
        if array.dtype.kind in TEXT_KINDS:
            return array.tolist()
        raise GDictTypeError(f"An array of {array.dtype} cannot be written as text.")
    if isinstance(leaf, JsonLeaf):
        return leaf
    raise GDictTypeError(f"A leaf of type {type(leaf).__name__} cannot be written as text.")
