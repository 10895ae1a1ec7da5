"""A Parquet file of a LeRobotDataset, read by episode and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.extras import require
from spawnnet_data.sources.files import size_problem
from spawnnet_data.sources.source import Array

_BYTES_PER_ROW = 8  # of one column, such as the numbers of episodes


def open_parquet(path: Path) -> Any:
    """Return an open Parquet file.

    Raises:
        ValueError: If it declares more rows than it can hold.
    """
    file = require("pyarrow.parquet", "lerobot").ParquetFile(path)
    message = size_problem(_BYTES_PER_ROW * file.metadata.num_rows, path.stat().st_size)
    if message:
        file.close()
        raise ValueError(message.rstrip("."))
    return file


@final
class Table:
    """A Parquet file, with the rows of each of its episodes."""

    def __init__(self, path: Path) -> None:
        self._file = open_parquet(path)
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
        table = self._file.read_row_groups(list(range(first, last + 1)), columns=[column])
        offset = start - (int(self._group_ends[first - 1]) if first else 0)
        return table[column].slice(offset, stop - start).combine_chunks()

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
