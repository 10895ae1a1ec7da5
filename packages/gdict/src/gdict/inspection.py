"""What a GDict holds: shapes, types, sizes, differences, and a summary to read."""

from __future__ import annotations

from typing import Any

import numpy as np

from gdict import arrays, tree
from gdict.backend import in_memory, is_array
from gdict.errors import Path, path_text
from gdict.nested import Nested


class Inspection(Nested):
    """The part of GDict that describes and compares."""

    __slots__ = ()

    def to_plain(self) -> Any:
        """Return the same nesting as plain dicts, lists and tuples; leaves are shared."""
        return tree.own(self._gdict_tree)

    @property
    def shape(self) -> Any:
        """Return the nesting with the shape of every array; None for other leaves."""
        return tree.map_leaves(_shape, self._gdict_tree)

    @property
    def dtype(self) -> Any:
        """Return the nesting with the name of every array's data type; None for other leaves."""
        return tree.map_leaves(_dtype, self._gdict_tree)

    @property
    def device(self) -> Any:
        """Return the nesting with every array's device, such as `cuda:0`; None for the rest."""
        return tree.map_leaves(_device, self._gdict_tree)

    @property
    def nbytes(self) -> int:
        """Return the bytes of all arrays together; of datasets, once they are read."""
        return sum(int(leaf.nbytes) for leaf in self.leaves() if is_array(leaf))

    def leaves(self) -> list[Any]:
        """Return all leaves, in order."""
        return tree.collect_leaves(self._gdict_tree, [])

    def paths(self) -> list[str]:
        """Return the paths of all leaves, in order."""
        return [path_text(path) for path, _ in tree.iterate_leaves(self._gdict_tree)]

    def compare(self, other: Any) -> dict[str, str]:
        """Return what differs from `other`, by path, in words; empty if nothing does.

        Arrays are equal if library, shape, data type and all values are (NaN equals NaN).
        """
        found: dict[str, str] = {}
        _compare(self._gdict_tree, tree.own(other), (), found)
        return found

    def equal(self, other: Any) -> bool:
        """Return whether `compare` finds no difference."""
        return not self.compare(other)

    def allclose(self, other: Any, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
        """Return whether structures and shapes are equal and all values close.

        Libraries and data types may differ; NaN equals NaN. Leaves that are no arrays must be
        equal.
        """
        mine = list(tree.iterate_leaves(self._gdict_tree))
        theirs = list(tree.iterate_leaves(tree.own(other)))
        return [path for path, _ in mine] == [path for path, _ in theirs] and all(
            _close(a, b, rtol, atol) for (_, a), (_, b) in zip(mine, theirs, strict=True)
        )

    def summary(self) -> str:
        """Return the nesting as an indented text, one line per leaf, with the total size."""
        lines = [f"{type(self).__name__}  {_size_text(self.nbytes)}"]
        _summarize(self._gdict_tree, "  ", lines)
        return "\n".join(lines)


def _shape(leaf: Any) -> tuple[int, ...] | None:
    return tuple(leaf.shape) if is_array(leaf) else None


def _dtype(leaf: Any) -> str | None:
    return arrays.dtype_name(leaf) if is_array(leaf) else None


def _device(leaf: Any) -> str | None:
    return arrays.device_name(leaf) if is_array(leaf) else None


def _summarize(node: Any, indent: str, lines: list[str]) -> None:
    if type(node) not in tree.CONTAINERS:
        lines.append(f"{indent}{_describe(node)}")
        return
    width = max((len(str(key)) for key, _ in tree.children(node)), default=0)
    for key, child in tree.children(node):
        if type(child) in tree.CONTAINERS:
            lines.append(f"{indent}{key}/  ({type(child).__name__} of {len(child)})")
            _summarize(child, indent + "  ", lines)
        else:
            lines.append(f"{indent}{key!s:<{width}}  {_describe(child)}")


def _describe(leaf: Any) -> str:
    if not is_array(leaf):
        text = repr(leaf)
        return text if len(text) <= 60 else f"{text[:57]}..."
    library = type(leaf).__module__.partition(".")[0]
    device = "" if arrays.device_name(leaf) == "cpu" else f" on {arrays.device_name(leaf)}"
    return (
        f"{arrays.dtype_name(leaf)} {tuple(leaf.shape)}{device}  "
        f"{_size_text(int(leaf.nbytes))}  {library}"
    )


def _size_text(nbytes: int) -> str:
    if nbytes < 1024:
        return f"{nbytes} B"
    size, unit = nbytes / 1024, "KiB"
    for larger in ("MiB", "GiB"):
        if size >= 1024:
            size, unit = size / 1024, larger
    return f"{size:.1f} {unit}"


def _compare(mine: Any, other: Any, path: Path, found: dict[str, str]) -> None:
    if type(mine) in tree.CONTAINERS or type(other) in tree.CONTAINERS:
        if type(mine) is not type(other):
            found[path_text(path)] = f"{type(mine).__name__} and {type(other).__name__}"
            return
        left, right = dict(tree.children(mine)), dict(tree.children(other))
        for key in [*left, *(key for key in right if key not in left)]:
            if key not in left or key not in right:
                which = "first" if key in left else "second"
                found[path_text((*path, key))] = f"only in the {which}"
            else:
                _compare(left[key], right[key], (*path, key), found)
    elif difference := _leaf_difference(mine, other):
        found[path_text(path)] = difference


def _leaf_difference(mine: Any, other: Any) -> str:
    if not (is_array(mine) and is_array(other)):
        same = type(mine) is type(other) and (mine == other or (mine != mine and other != other))
        return "" if same else f"{_describe(mine)} and {_describe(other)}"
    same_kind = type(mine) is type(other) and mine.dtype == other.dtype
    if not same_kind or tuple(mine.shape) != tuple(other.shape):
        return f"{_describe(mine)} and {_describe(other)}"
    left, right = _values(mine), _values(other)
    differs = (left != right) & ~((left != left) & (right != right))
    return f"{int(differs.sum())} of {left.size} values differ" if differs.any() else ""


def _values(array: Any) -> Any:
    return np.asarray(arrays.to_numpy(in_memory(array)))


def _close(mine: Any, other: Any, rtol: float, atol: float) -> bool:
    if not (is_array(mine) and is_array(other)):
        return not _leaf_difference(mine, other)
    left, right = _values(mine), _values(other)
    if left.shape != right.shape:
        return False
    if left.dtype.kind not in "biufc" or right.dtype.kind not in "biufc":
        return not _leaf_difference(left, right)
    return bool(np.allclose(left, right, rtol, atol, equal_nan=True))
