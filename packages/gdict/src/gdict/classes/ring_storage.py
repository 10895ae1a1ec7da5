"""Where a ring buffer keeps its rows: in memory, or in files of a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, final

import numpy as np

from gdict.aliases import Array, FilePath, Tree
from gdict.arrays.access import write
from gdict.arrays.backend import is_tensor, require
from gdict.arrays.conversion import dtype_name
from gdict.arrays.row_file import RowFile
from gdict.errors import GDictFileError
from gdict.trees import description
from gdict.trees.manifest import decode, encode
from gdict.trees.rows import gather
from gdict.trees.walks import iterate_leaves, map_leaves, map_leaves_with

_DESCRIPTION = "rows.json"


class RowStorage(Protocol):
    """Room for rows, by their position."""

    @property
    def template(self) -> Tree | None:
        """A row's structure, as arrays `(0, ...)`; None before the first `prepare`."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory taken."""

    def prepare(self, rows: Tree, needed: int, capacity: int) -> None:
        """Make room for `needed` rows like `rows`, of at most `capacity`."""

    def write(self, position: int, rows: Tree) -> None:
        """Keep rows from a position on."""

    def gather(self, positions: np.ndarray) -> Tree:
        """Copy the rows at positions `(N,)`."""


@final
class MemoryRows:
    """Rows in memory, which is taken as they arrive, doubling.

    Args:
        reserve: Whether all of it is asked for at once: the system gives it as it is written to.
    """

    def __init__(self, *, reserve: bool) -> None:
        self._is_reserved = reserve
        self.template: Tree | None = None
        self._rows: Tree = {}
        self._allocated = 0

    @property
    def nbytes(self) -> int:
        """See `RowStorage`."""
        return description.nbytes(self._rows)

    def prepare(self, rows: Tree, needed: int, capacity: int) -> None:
        """See `RowStorage`."""
        if self.template is None:
            self.template = self._rows = map_leaves(lambda leaf: _empty_rows(leaf, 0), rows)
        if needed > self._allocated:
            doubled = min(capacity, max(needed, 2 * self._allocated))
            size = capacity if self._is_reserved else doubled
            self._rows = map_leaves(lambda leaf: _grown(leaf, size), self._rows)
            self._allocated = size

    def write(self, position: int, rows: Tree) -> None:
        """See `RowStorage`."""

        def put(mine: Array, new: Array) -> None:
            write(mine, slice(position, position + len(new)), new)

        map_leaves_with(put, self._rows, (rows,))

    def gather(self, positions: np.ndarray) -> Tree:
        """See `RowStorage`."""
        return gather(self._rows, positions)


@final
class FileRows:
    """Rows in a file for each leaf, `0.npy` and so on, and `rows.json`, which says what they are.

    Args:
        folder: Made with the first rows. Where it holds rows already, these are gone on with.

    Raises:
        GDictFileError: If the folder holds something else.
    """

    nbytes = 0

    def __init__(self, folder: FilePath) -> None:
        self.template: Tree | None = None
        self._folder = Path(folder)
        self._files: Tree = {}
        if (self._folder / _DESCRIPTION).is_file():
            self.template = self._read_description()
            names = self._names()
            self._files = map_leaves(lambda leaf: RowFile(next(names), leaf), self.template)

    @property
    def num_rows(self) -> int:
        """Rows that there is room for."""
        return next((file.num_rows for _, file in iterate_leaves(self._files)), 0)

    def prepare(self, rows: Tree, needed: int, capacity: int) -> None:
        """See `RowStorage`."""
        del needed  # files take disk space as they are written to
        if self.template is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        names = self._names()
        # Rows come back on the CPU, wherever they were.
        template = map_leaves(lambda leaf: _on_cpu(_empty_rows(leaf, 0)), rows)
        self._files = map_leaves(lambda leaf: RowFile.create(next(names), leaf, capacity), template)
        self._write_description(template)
        self.template = template

    def write(self, position: int, rows: Tree) -> None:
        """See `RowStorage`."""
        map_leaves_with(lambda file, new: file.write(position, new), self._files, (rows,))

    def gather(self, positions: np.ndarray) -> Tree:
        """See `RowStorage`."""
        return map_leaves(lambda file: file.read(positions), self._files)

    def _names(self) -> Iterator[Path]:
        return (self._folder / f"{number}.npy" for number in range(10**6))

    def _write_description(self, template: Tree) -> None:
        leaves = [leaf for _, leaf in iterate_leaves(template)]
        structure = encode(map_leaves(lambda leaf: np.empty(leaf.shape), template), [])
        types = [[dtype_name(leaf), is_tensor(leaf)] for leaf in leaves]
        shapes = [list(leaf.shape) for leaf in leaves]
        content = {"structure": structure, "types": types, "shapes": shapes}
        (self._folder / _DESCRIPTION).write_text(json.dumps(content), "utf-8")

    def _read_description(self) -> Tree:
        path = self._folder / _DESCRIPTION
        try:
            content = json.loads(path.read_text("utf-8"))
            described = zip(content["types"], content["shapes"], strict=True)
            leaves = [_template(name, of_torch, shape) for (name, of_torch), shape in described]
        except (KeyError, TypeError, ValueError) as error:
            raise GDictFileError(f"{path}: does not describe rows, {error}.") from error
        return decode(content["structure"], leaves)


def _template(dtype: str, is_of_torch: bool, shape: list[int]) -> Array:
    if not is_of_torch:
        return np.empty(shape, dtype)
    torch: Any = require("torch", "torch")
    return torch.empty(shape, dtype=getattr(torch, dtype))


def _empty_rows(leaf: Array, count: int) -> Array:
    shape = (count, *leaf.shape[1:])
    return leaf.new_empty(shape) if is_tensor(leaf) else np.empty(shape, leaf.dtype)


def _on_cpu(leaf: Array) -> Array:
    return leaf.cpu() if is_tensor(leaf) else leaf


def _grown(leaf: Array, count: int) -> Array:
    larger = _empty_rows(leaf, count)
    larger[: len(leaf)] = leaf
    return larger
