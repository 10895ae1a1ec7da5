"""GDict: keys like a dictionary, indices like an array."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Sequence, ValuesView
from typing import Any, Self

from gdict import arrays, keys, tree
from gdict.errors import GDictTypeError
from gdict.indexing import check_assignable, indexed, write
from gdict.inspection import Inspection
from gdict.joining import join
from gdict.keys import KeyPath
from gdict.operations import Operations
from gdict.pytree import register_loaded
from gdict.saving import Saving
from gdict.selection import Selection
from gdict.tree import CONTAINERS


class GDict(Operations, Selection, Inspection, Saving):
    """Nested dicts, lists and tuples of arrays, indexed by key path or as one array.

    Strings, and tuples that start with a string, are key paths: `d["obs/rgb"]`,
    `d["obs", "rgb"]`, `d["list/0/x"]`. Everything else is an index into all leaves at once:
    `d[3]`, `d[2:5]`, `d[mask]`, `d[[0, 4]]`, `d[..., 0]`. Leaves are NumPy arrays, torch tensors,
    h5py datasets, or scalars, strings and None, which array operations leave as they are.

    The constructor copies the containers and shares the leaves. A container read by its key is
    a GDict on the same data: what is set in it is seen by its parent.

    Args:
        data: Any nesting of mappings, lists and tuples, or one leaf; named tuples become dicts.
            None makes an empty dictionary.

    Raises:
        GDictKeyError: If a key is empty, contains `/`, or is no string or natural number.
        GDictValueError: If a container contains itself, or the nesting is too deep.
    """

    __slots__ = ()

    def __init__(self, data: Any = None) -> None:
        register_loaded()
        self._gdict_tree = tree.own({} if data is None else data)

    @staticmethod
    def _plain(owned: Any) -> GDict:
        return GDict._wrap(owned)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._gdict_tree,)

    # ---------------------------------------------------------------- keys and indices

    def __getitem__(self, key: Any) -> Any:
        """Return the child at a key path, or all leaves at an array index.

        Raises:
            GDictKeyError: If the key path leads nowhere.
            GDictIndexError: If a leaf has too few axes or entries.
        """
        kind = type(key)
        if kind is str:
            parts = key.split("/")
        elif kind is tuple and key and type(key[0]) is str:
            parts = key
        else:
            return self._at(key)
        node = self._gdict_tree
        try:
            for part in parts:
                if type(node) is not dict or part not in node:
                    node = keys.lookup(self._gdict_tree, key)
                    break
                node = node[part]
        except TypeError:  # a part that cannot be a key, which lookup explains
            node = keys.lookup(self._gdict_tree, key)
        return self._child(node) if type(node) in CONTAINERS else node

    def _at(self, index: Any) -> GDict:
        register_loaded()
        return GDict._wrap(indexed(self._gdict_tree, index))

    def __setitem__(self, key: Any, value: Any) -> None:
        """Set the child at a key path, or assign to all leaves at an array index.

        A GDict or container as `value` must have the same structure; anything else is assigned
        to every leaf. Everything is checked before the first leaf is written.
        """
        if keys.is_key(key):
            keys.assign(self._gdict_tree, key, value)
            return
        value = tree.own(value)
        if type(value) in CONTAINERS:
            self._assign(key, self._gdict_tree, value)
        else:
            constant = tree.map_leaves(lambda _: value, self._gdict_tree)
            self._assign(key, self._gdict_tree, constant)

    @staticmethod
    def _assign(index: Any, target: Any, value: Any) -> None:
        for step in (check_assignable, write):
            tree.map_leaves_with(lambda leaf, new, do=step: do(leaf, index, new), target, (value,))

    def __delitem__(self, key: KeyPath) -> None:
        if not keys.is_key(key):
            raise GDictTypeError(f"Only keys can be deleted, got the index {key!r}.")
        keys.delete(self._gdict_tree, key)

    def __contains__(self, key: object) -> bool:
        path: Any = str(key) if isinstance(key, int) else key  # as iteration gives them
        return keys.is_key(path) and keys.contains(self._gdict_tree, path)

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the keys of the root container."""
        return (key for key, _ in tree.children(self._gdict_tree))

    def __len__(self) -> int:
        """Return the number of children of the root container."""
        return len(self._gdict_tree) if type(self._gdict_tree) in CONTAINERS else 0

    def get(self, key: KeyPath | int, default: Any = None) -> Any:
        """Return the child at a key path, or `default` if there is none."""
        path: Any = str(key) if isinstance(key, int) else key
        if path not in self:
            return default
        return self[path]

    def keys(self) -> KeysView[str | int]:
        """Return the keys of the root container; a list has the keys 0, 1, ..."""
        return dict(tree.children(self._gdict_tree)).keys()

    def values(self) -> ValuesView[Any]:
        """Return the children of the root container, containers as GDicts."""
        return self._children().values()

    def items(self) -> ItemsView[str | int, Any]:
        """Return the keys and children of the root container, containers as GDicts."""
        return self._children().items()

    def _children(self) -> dict[str | int, Any]:
        return {
            key: self._child(child) if type(child) in CONTAINERS else child
            for key, child in tree.children(self._gdict_tree)
        }

    def update(self, other: Any) -> None:
        """Merge `other` into this in place: dicts are merged deeply, all else is replaced.

        Args:
            other: A GDict or mapping.
        """
        owned = tree.own(other)
        if type(owned) is not dict or type(self._gdict_tree) is not dict:
            raise GDictTypeError("Only a dictionary can be merged into a dictionary.")
        keys.merge(self._gdict_tree, owned)

    @classmethod
    def stack(cls, items: Sequence[Any], axis: int = 0) -> Self:
        """Join items of one structure along a new axis; numbers and strings become arrays.

        Args:
            items: GDicts, or data that can become one.
            axis: Position of the new axis.

        Raises:
            GDictValueError: If there are no items, or structures or shapes differ.
        """
        return cls._joined(items, lambda leaves: arrays.stack(leaves, axis))

    @classmethod
    def concat(cls, items: Sequence[Any], axis: int = 0) -> Self:
        """Join items of one structure along an existing axis.

        Args:
            items: GDicts, or data that can become one.
            axis: The axis that becomes longer.

        Raises:
            GDictValueError: If there are no items, or structures or shapes differ.
        """
        return cls._joined(items, lambda leaves: arrays.concat(leaves, axis))

    @classmethod
    def _joined(cls, items: Sequence[Any], fn: Callable[[Sequence[Any]], Any]) -> Self:
        nodes = [item._gdict_tree if isinstance(item, GDict) else tree.own(item) for item in items]
        return cls._checked(join(nodes, fn))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._gdict_tree!r})"
