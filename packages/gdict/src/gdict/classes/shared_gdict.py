"""Shared memory: one process writes, any number of others read the same bytes."""

from __future__ import annotations

from typing import Any, final

from gdict.aliases import Data, Index, KeyPath, Leaf, Tree
from gdict.arrays.backend import is_array
from gdict.classes import shared_memory
from gdict.classes.gdict import GDict
from gdict.classes.shared_memory import Segment, SharedHandle
from gdict.errors import GDictError, GDictTypeError
from gdict.trees import key_paths
from gdict.trees.indexing import assign_trees
from gdict.trees.nodes import own
from gdict.trees.walks import iterate_leaves, map_leaves_with


@final
class SharedGDict(GDict):
    """A GDict whose arrays lie in memory that other processes read without copying.

    `SharedGDict(data)` copies `data` once and can be written to; what is pickled to another
    process is a handle, from which a read-only SharedGDict on the same memory is made there.
    The structure is fixed: setting a key copies the values into the array that is there. There
    are no locks: readers see numbers as they are written.

    The writer's process, or the descriptor it has opened, is needed only to attach. Memory is
    freed when the last process has dropped its arrays or died.

    Args:
        data: A GDict or anything it takes; tensors are stored as NumPy arrays.

    Raises:
        GDictRuntimeError: If the system is not Linux.
        GDictTypeError: If a leaf is neither an array nor a JSON value.
    """

    __slots__ = ("_segment",)

    _segment: Segment | SharedHandle | None

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self._segment, self._gdict_tree = shared_memory.share(self._gdict_tree)

    @classmethod
    def _wrap(cls, owned: Tree) -> Any:
        return GDict._wrap(owned)

    _checked = _wrap

    @classmethod
    def _child(cls, owned: Tree) -> SharedGDict:
        child = object.__new__(cls)
        child._gdict_tree, child._segment = owned, None
        return child

    def __reduce__(self) -> tuple[Any, ...]:
        if self._segment is None:
            return GDict, (self._gdict_tree,)
        return SharedGDict.attach, (self.handle,)

    @property
    def handle(self) -> SharedHandle:
        """Return what another process needs to attach.

        Raises:
            GDictTypeError: If this is only a part, read by its key.
        """
        if self._segment is None:
            raise GDictTypeError("Only the whole has a handle; attach it and read the key there.")
        return self._segment if isinstance(self._segment, SharedHandle) else self._segment.handle

    @classmethod
    def attach(cls, handle: SharedHandle) -> SharedGDict:
        """Return a read-only SharedGDict on the memory of `handle`.

        Raises:
            GDictRuntimeError: If the writer has closed it, or died.
        """
        attached = cls._child(shared_memory.attach(handle))
        attached._segment = handle
        return attached

    def close(self) -> None:
        """Let no other process attach from now on; those that have are not affected."""
        if isinstance(self._segment, Segment):
            self._segment.close()

    def __setitem__(self, key: KeyPath | Index, value: Data) -> None:
        """Copy values into the arrays at a key path or an index of all leaves."""
        if not key_paths.is_key(key):
            super().__setitem__(key, value)
            return
        target = key_paths.lookup(self._gdict_tree, key)
        try:
            owned = own(value)
            map_leaves_with(_check_written, target, (owned,))
            assign_trees(target, ..., owned)
        except GDictError as error:
            error.path = (*key_paths.split_path(key), *error.path)
            raise

    def __delitem__(self, key: KeyPath) -> None:
        raise GDictTypeError(f"The structure of shared memory is fixed, got del of {key!r}.")

    def update(self, other: Data) -> None:
        """Copy the values of `other`, whose paths must exist, into the arrays."""
        for path, leaf in iterate_leaves(own(other)):
            self[tuple(map(str, path))] = leaf


def _check_written(mine: Leaf, new: Leaf) -> None:
    """Raise where a value would be lost, because what is there is no array."""
    if not is_array(mine) and mine != new:
        raise GDictTypeError(f"Only arrays can be written to, and {mine!r} is none.")
