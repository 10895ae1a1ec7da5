"""CSV files: one column per leaf, one line per row."""

import csv
from pathlib import Path

import numpy as np

from gdict.aliases import Data, FilePath
from gdict.arrays.backend import in_memory
from gdict.arrays.conversion import to_numpy
from gdict.classes.dict_array import DictArray
from gdict.errors import GDictFileError, GDictTypeError, path_text
from gdict.files.atomic import replacing
from gdict.files.text import TEXT_KINDS
from gdict.trees.nodes import own
from gdict.trees.rows import check_rows
from gdict.trees.walks import iterate_leaves


def save_csv(data: Data, path: FilePath) -> None:
    """Write a CSV table: one column per leaf, named by its path, one line per row.

    Args:
        data: A DictArray, or what can become one.
        path: The file; an interrupted save leaves the old one.

    Raises:
        GDictTypeError: If a leaf is not an array of one axis; the path names it.
        GDictValueError: If the leaves have different lengths.
    """
    tree = own(data)
    check_rows(tree)
    columns = {}
    for where, leaf in iterate_leaves(tree):
        column = to_numpy(in_memory(leaf))
        if column.ndim != 1 or column.dtype.kind not in TEXT_KINDS:
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
