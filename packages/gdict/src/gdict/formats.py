"""Other file formats, through the libraries that exist: npz, JSON, YAML, and CSV for tables."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from gdict import arrays, manifest, tree
from gdict.atomic import FilePath, replacing
from gdict.backend import in_memory, is_array, require
from gdict.container import GDict
from gdict.dict_array import DictArray, check_rows
from gdict.errors import GDictFileError, GDictTypeError, path_text
from gdict.npz import read_arrays, write_arrays

MANIFEST = "__gdict__"
"""Entry of an npz file with the containers and the leaves that are no arrays."""


_TEXT_KINDS = "biufU"
"""Kinds of NumPy's types of which text formats keep the values: numbers, booleans and text."""


def write_npz(data: Any, path: FilePath, compress: bool) -> None:
    """Write an npz file; see `GDict.save_npz`."""
    found: list[np.ndarray] = []
    description = json.dumps(manifest.encode(data, found))
    paths = [path_text(where) for where, leaf in tree.iterate_leaves(data) if _has_array(leaf)]
    entries = [(MANIFEST, np.array(description)), *zip(paths, found, strict=True)]
    with replacing(path) as temporary:
        write_arrays(temporary, entries, compress=compress)


def _has_array(leaf: Any) -> bool:
    return hasattr(leaf, "dtype")


def load_npz(path: FilePath) -> GDict:
    """Read an npz file: ours, or any, whose names are then taken as key paths.

    Raises:
        GDictFileError: If the file is damaged or holds pickles.
    """
    try:
        entries = read_arrays(path)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise GDictFileError(f"{path} cannot be read as npz: {error}.") from error
    description = entries.pop(MANIFEST, None)
    if description is None:
        return GDict.unflatten_keys(entries)
    return GDict(manifest.decode(_parsed(str(description), path), list(entries.values())))


def write_json(data: Any, path: FilePath) -> None:
    """Write a JSON file; see `GDict.save_json`."""
    text = json.dumps(_writable(data), indent=1)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def load_json(path: FilePath) -> GDict:
    """Read a JSON file; rectangular lists of numbers or booleans become arrays.

    Raises:
        GDictFileError: If it is not JSON.
    """
    return GDict(_with_arrays(_parsed(Path(path).read_bytes(), path)))


def write_yaml(data: Any, path: FilePath) -> None:
    """Write a YAML file; see `GDict.save_yaml`."""
    yaml = require("yaml", "yaml")
    plain = json.loads(json.dumps(_writable(data)))  # tuples become lists
    with replacing(path) as temporary:
        text = yaml.safe_dump(plain, sort_keys=False, default_flow_style=None)
        temporary.write_text(text, encoding="utf-8")


def load_yaml(path: FilePath) -> GDict:
    """Read a YAML file; rectangular lists of numbers or booleans become arrays.

    Raises:
        GDictFileError: If it is not plain YAML.
        MissingExtraError: If PyYAML is not installed.
    """
    yaml = require("yaml", "yaml")
    try:
        plain = yaml.safe_load(Path(path).read_text("utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise GDictFileError(f"{path} cannot be read as YAML: {error}.") from error
    return GDict(_with_arrays(plain))


def write_csv(data: Any, path: FilePath) -> None:
    """Write a CSV file; see `DictArray.save_csv`."""
    check_rows(data)
    columns = {}
    for where, leaf in tree.iterate_leaves(data):
        column = arrays.to_numpy(in_memory(leaf))
        if column.ndim != 1 or column.dtype.kind not in _TEXT_KINDS:
            raise GDictTypeError(
                f"A column is one axis of numbers or text, got {column.dtype} {column.shape}.",
                where,
            )
        columns[path_text(where)] = column.tolist()
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def load_csv(path: FilePath) -> DictArray:
    """Read a CSV file with a header of key paths; columns are int, float, bool or text.

    Raises:
        GDictFileError: If a row is shorter or longer than the header, or a name occurs twice.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            header, *rows = list(csv.reader(file)) or [[]]
    except (csv.Error, UnicodeDecodeError) as error:
        raise GDictFileError(f"{path} cannot be read as CSV: {error}.") from error
    if len(set(header)) < len(header):
        raise GDictFileError(f"The header of {path} has a name twice: {header}.")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise GDictFileError(
                f"Line {number} of {path} has {len(row)} fields, the header has {len(header)}."
            )
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    flat = {name: _column(column) for name, column in zip(header, columns, strict=True)}
    return DictArray.unflatten_keys(flat)


def _column(texts: tuple[str, ...]) -> np.ndarray:
    if texts and set(texts) <= {"True", "False"}:
        return np.array([text == "True" for text in texts])
    for dtype in (np.int64, np.uint64, np.float64):
        try:
            return np.array(texts, dtype)
        except (ValueError, OverflowError):
            continue
    return np.array(texts)


def _parsed(text: str | bytes, path: FilePath) -> Any:
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
            return np.array(node)
        except ValueError:  # ragged: stays a list of rows
            pass
    return [_with_arrays(child) for child in node]


def _holds_numbers(node: Any) -> bool:
    """Return whether all leaves of nested lists are numbers, or all are booleans."""
    kinds = {type(leaf) for leaf in tree.collect_leaves(node, [])}
    return bool(kinds) and (kinds <= {int, float} or kinds == {bool})


def _writable(data: Any) -> Any:
    """Return containers of ours with arrays as lists, after checking that text can hold them."""
    return tree.map_leaves(_writable_leaf, data)


def _writable_leaf(leaf: Any) -> Any:
    if is_array(leaf):
        array = arrays.to_numpy(in_memory(leaf))
        if array.dtype.kind in _TEXT_KINDS:
            return array.tolist()
        raise GDictTypeError(f"An array of {array.dtype} cannot be written as text.")
    if isinstance(leaf, manifest.JsonLeaf):
        return leaf
    raise GDictTypeError(f"A leaf of type {type(leaf).__name__} cannot be written as text.")
