"""A Parquet file of a LeRobotDataset, read by episode and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.extras import require
from spawnnet_data.sources.files import size_problem
from spawnnet_data.sources.source import Array

_BYTES_PER_VALUE = 8
# Rows at a time of text and pictures, of which one may stand for all in the file.
_FEW_ROWS = 64


def open_parquet(path: Path) -> Any:
    """Return an open Parquet file.

    Raises:
        ValueError: If it declares more values than it can hold.
    """
    file = require("pyarrow.parquet", "lerobot").ParquetFile(path)
    message = size_problem(_BYTES_PER_VALUE * _num_values(file.metadata), path.stat().st_size)
    if message:
        file.close()
        raise ValueError(message.rstrip("."))
    return file


def _num_values(metadata: Any) -> int:
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    columns = (group.column(i) for group in groups for i in range(group.num_columns))
    return int(max(metadata.num_rows, sum(column.num_values for column in columns)))


def read_batches(
    file: Any, stored: int, columns: Sequence[str], groups: Sequence[int] | None = None
) -> Iterator[Any]:
    """Yield rows as record batches of pyarrow, as long as they are no more than a file can hold.

    Args:
        file: From `open_parquet`.
        stored: Size of the file in bytes.
        columns: Those that are read.
        groups: Row groups; None for all.

    Raises:
        ValueError: If they become far more.
    """
    total = 0
    for batch in file.iter_batches(_FEW_ROWS, row_groups=groups, columns=columns):
        total += batch.nbytes
        if message := size_problem(total, stored):
            raise ValueError(message.rstrip("."))
        yield batch


@final
class Table:
    """A Parquet file, with the rows of each of its episodes."""

    def __init__(self, path: Path) -> None:
        self._file, self._stored = open_parquet(path), path.stat().st_size
        metadata = self._file.metadata
        sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
        self._group_ends = np.cumsum(sizes, dtype=np.int64)
        episodes = self._file.read(columns=["episode_index"])["episode_index"].to_numpy()
        self._rows = _runs(episodes)

    def rows(self, episode: int) -> tuple[int, int] | None:
        """Return the first and the end row of an episode, None if it is not in the file."""
        return self._rows.get(episode)

    def columns(self) -> list[str]:
        """Return the names of the columns."""
        return list(self._file.schema_arrow.names)

    def read(self, column: str, start: int, stop: int) -> Any:
        """Return rows of a column as a pyarrow array; only their row groups are read."""
        first = int(np.searchsorted(self._group_ends, start, side="right"))
        last = int(np.searchsorted(self._group_ends, stop - 1, side="right"))
        table = self._read_groups(list(range(first, last + 1)), column)
        offset = start - (int(self._group_ends[first - 1]) if first else 0)
        return table[column].slice(offset, stop - start).combine_chunks()

    def _read_groups(self, groups: list[int], column: str) -> Any:
        arrow = require("pyarrow", "lerobot")
        kind = self._file.schema_arrow.field(column).type
        while arrow.types.is_nested(kind) and hasattr(kind, "value_type"):
            kind = kind.value_type
        if arrow.types.is_primitive(kind):  # whose number has been checked
            return self._file.read_row_groups(groups, columns=[column])
        return arrow.Table.from_batches(read_batches(self._file, self._stored, [column], groups))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _runs(episodes: NDArray[np.int64]) -> dict[int, tuple[int, int]]:
    starts = np.flatnonzero(np.diff(episodes, prepend=-1))
    ends = [*starts[1:], len(episodes)]
    return {int(episodes[a]): (int(a), int(b)) for a, b in zip(starts, ends, strict=True)}


def to_numpy(column: Any, shape: tuple[int, ...]) -> Array:
    """Return a column of numbers or of nested lists of equal lengths as `(n, *shape)`.

    Raises:
        ValueError: If a value is missing, or the lengths are others.
    """
    rows = len(column)
    while hasattr(column, "flatten") and column.type.num_fields:
        column = column.flatten()
    if column.null_count:
        raise ValueError("a value is missing")
    values: Array = column.to_numpy(zero_copy_only=False)
    return values.reshape(rows, *shape)
