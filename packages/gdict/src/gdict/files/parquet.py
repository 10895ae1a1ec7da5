"""Parquet files: one column per leaf, one row per row; further axes are lists of fixed size."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from gdict.aliases import Data, FilePath
from gdict.arrays.backend import in_memory, require
from gdict.arrays.conversion import to_numpy
from gdict.classes.dict_array import DictArray
from gdict.errors import GDictError, GDictFileError, GDictTypeError, path_text
from gdict.files.atomic import replacing
from gdict.files.budget import Budget
from gdict.trees.nodes import own
from gdict.trees.rows import check_rows
from gdict.trees.walks import iterate_leaves

KINDS = "biufUM"
BATCH_ROWS = 4096


def save_parquet(data: Data, path: FilePath, *, compression: str = "zstd") -> None:
    """Write a Parquet table: one column per leaf, named by its path.

    Args:
        data: A DictArray, or what can become one.
        path: The file; an interrupted save leaves the old one.
        compression: What Parquet knows, such as `zstd`, `snappy` or `none`.

    Raises:
        GDictTypeError: If a leaf holds no numbers, text or times; the path names it.
        GDictValueError: If the leaves have different lengths.
        MissingExtraError: If pyarrow is not installed.
    """
    pyarrow, parquet = require("pyarrow", "parquet"), require("pyarrow.parquet", "parquet")
    tree = own(data)
    check_rows(tree)
    columns = {
        path_text(where): _column(pyarrow, to_numpy(in_memory(leaf)), where)
        for where, leaf in iterate_leaves(tree)
    }
    with replacing(path) as temporary:
        parquet.write_table(pyarrow.table(columns), temporary, compression=compression)


def load_parquet(path: FilePath) -> DictArray:
    """Read one Parquet file: columns of numbers, text and times, and lists of them of one length.

    A missing time is NaT, which `save_parquet` writes as a missing one.

    Raises:
        GDictFileError: If it is damaged, another value is missing, lists differ in length, or it
            claims more than it stores; the path names the leaf.
        FileNotFoundError: If there is no such file.
        MissingExtraError: If pyarrow is not installed.
    """
    require("pyarrow", "parquet")
    parquet = require("pyarrow.parquet", "parquet")
    with Path(path).open("rb") as source:  # one file, whatever else its folder holds
        try:
            batches = _batches(parquet.ParquetFile(source), Budget(Path(path).stat().st_size))
        except GDictError:
            raise
        except Exception as error:
            message = f"{os.fspath(path)} cannot be read as Parquet: {error}."
            raise GDictFileError(message) from error
    return DictArray.unflatten_keys(
        {name: np.concatenate(parts) for name, parts in batches.items()}
    )


def _column(pyarrow: Any, array: np.ndarray, where: tuple[Any, ...]) -> Any:
    """Return an array `(B, ...)` as a column, its further axes as nested lists."""
    if array.dtype.kind not in KINDS:
        raise GDictTypeError(f"Parquet cannot store an array of {array.dtype}.", where)
    if 0 in array.shape[1:]:
        raise GDictTypeError(f"Parquet cannot store rows of shape {array.shape[1:]}.", where)
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("="), copy=False)
    column = pyarrow.array(little.reshape(-1))
    for size in reversed(array.shape[1:]):
        column = pyarrow.FixedSizeListArray.from_arrays(column, size)
    return column


def _batches(file: Any, budget: Budget) -> dict[str, list[np.ndarray]]:
    """Return the columns by their names, in parts."""
    _check_size(file, budget)
    schema = file.schema_arrow
    if len(set(schema.names)) < len(schema.names):
        raise GDictFileError(f"Two columns have one name: {schema.names}.")
    parts: dict[str, list[np.ndarray]] = {name: [] for name in schema.names}
    for batch in file.iter_batches(batch_size=BATCH_ROWS):
        budget.take(batch.nbytes)
        for name, column in zip(schema.names, batch.columns, strict=True):
            parts[name].append(_array(column, name))
    for name, found in parts.items():
        found[:] = found or [_array(schema.empty_table()[name].combine_chunks(), name)]
    return parts


def _check_size(file: Any, budget: Budget) -> None:
    """Refuse numbers of values that no file of this size holds, before any is read."""
    metadata = file.metadata
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    columns = [group.column(index) for group in groups for index in range(group.num_columns)]
    budget.check(sum(column.num_values for column in columns))


def _array(column: Any, name: str) -> np.ndarray:
    """Return a column as an array `(B, ...)`."""
    where = tuple(name.split("/"))
    shape = [len(column)]
    while hasattr(column, "flatten") and hasattr(column.type, "value_type"):
        _check_whole(column, where)
        flat = column.flatten()
        shape.append(_list_size(column, len(flat), where))
        column = flat
    values = np.asarray(column.to_numpy(zero_copy_only=False))
    if values.dtype.kind not in "mM":
        _check_whole(column, where)
    if values.dtype == object:
        if not all(isinstance(value, str) for value in values):
            raise GDictFileError(f"Its type {column.type} is not read.", where)
        values = values.astype(str)
    return values.reshape(shape)


def _check_whole(column: Any, where: tuple[str, ...]) -> None:
    if column.null_count:
        raise GDictFileError(f"{column.null_count} of its values are missing.", where)


def _list_size(column: Any, count: int, where: tuple[str, ...]) -> int:
    if hasattr(column.type, "list_size"):
        return int(column.type.list_size)
    lengths = np.diff(column.offsets.to_numpy())
    if len(lengths) and (lengths != lengths[0]).any():
        raise GDictFileError("Its lists differ in length, so they are no array.", where)
    return int(lengths[0]) if len(lengths) else 0
