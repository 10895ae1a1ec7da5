"""GDict: keys like a dictionary, indices like an array; its methods are functions over a tree."""

from __future__ import annotations

from collections import abc
from functools import wraps
from typing import Concatenate, Self

from gdict.aliases import Data, Index, Key, KeyPath, Leaf, Tree
from gdict.classes.methods import P, checked, result, same_class
from gdict.pytree import register_loaded
from gdict.trees import comparison, description, key_paths, libraries, operations, selection
from gdict.trees.indexing import assign_at, indexed
from gdict.trees.joining import concat, stack
from gdict.trees.key_paths import follow
from gdict.trees.nodes import CONTAINERS, children, own
from gdict.trees.structure import Structure, flatten
from gdict.trees.walks import map_leaves, map_leaves_with, map_with_path


def _gdict(
    fn: abc.Callable[Concatenate[Tree, P], Tree],
) -> abc.Callable[Concatenate[GDict, P], GDict]:
    """Return the method that wraps what `fn` makes of the tree in a GDict."""

    @wraps(fn)
    def method(self: GDict, /, *args: P.args, **kwargs: P.kwargs) -> GDict:
        return GDict._wrap(fn(self._gdict_tree, *args, **kwargs))

    return method


class GDict:
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

    __slots__ = ("_gdict_tree",)

    _gdict_tree: Tree

    def __init__(self, data: Data = None) -> None:
        register_loaded()
        self._gdict_tree = own({} if data is None else data)

    @classmethod
    def _wrap(cls, owned: Tree) -> Self:
        """Return an instance around containers that are ours already."""
        new = object.__new__(cls)
        new._gdict_tree = owned
        return new

    _child = _checked = _wrap  # around a part; around what may break a subclass's conditions

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._gdict_tree,)

    def __repr__(self) -> str:
        return self.summary()

    # ---------------------------------------------------------------- keys and indices

    def __getitem__(self, key: KeyPath | Index) -> Leaf | GDict:
        """Return the child at a key path, or all leaves at an array index.

        Raises:
            GDictKeyError: If the key path leads nowhere.
            GDictIndexError: If a leaf has too few axes or entries.
        """
        if type(key) is str:
            parts: abc.Sequence[Key] = key.split("/")
        elif type(key) is tuple and key and type(key[0]) is str:
            parts = key
        else:
            return self._at(key)
        child = follow(self._gdict_tree, parts)
        return self._child(child) if type(child) in CONTAINERS else child

    def _at(self, index: Index) -> GDict:
        register_loaded()
        return GDict._wrap(indexed(self._gdict_tree, index))

    def __setitem__(self, key: KeyPath | Index, value: Data) -> None:
        """Set the child at a key path, or assign to all leaves at an array index.

        A GDict or container as `value` must have the same structure; anything else is assigned
        to every leaf. Everything is checked before the first leaf is written.
        """
        assign = key_paths.assign if key_paths.is_key(key) else assign_at
        assign(self._gdict_tree, key, value)

    __delitem__ = result(key_paths.delete)
    __contains__ = result(key_paths.contains)

    def __iter__(self) -> abc.Iterator[Key | GDict]:
        """Iterate over the keys of the root container."""
        return (key for key, _ in children(self._gdict_tree))

    def __len__(self) -> int:
        """Return the number of children of the root container."""
        return len(self._gdict_tree) if type(self._gdict_tree) in CONTAINERS else 0

    def get(self, key: KeyPath | int, default: Leaf = None) -> Leaf | GDict:
        """Return the child at a key path, or `default` if there is none."""
        path = str(key) if isinstance(key, int) else key  # as iteration gives them
        if path not in self:
            return default
        return self[path]

    def keys(self) -> abc.KeysView[Key]:
        """Return the keys of the root container; a list has the keys 0, 1, ..."""
        return dict(children(self._gdict_tree)).keys()

    def values(self) -> abc.ValuesView[Leaf | GDict]:
        """Return the children of the root container, containers as GDicts."""
        return dict(self.items()).values()

    def items(self) -> abc.ItemsView[Key, Leaf | GDict]:
        """Return the keys and children of the root container, containers as GDicts."""
        return {
            key: self._child(child) if type(child) in CONTAINERS else child
            for key, child in children(self._gdict_tree)
        }.items()

    update = result(key_paths.update)
    rename = same_class(key_paths.renamed)
    __or__ = checked(key_paths.merged)
    __ror__ = checked(key_paths.merged_onto)

    def __ior__(self, other: Data) -> Self:  # type: ignore[misc]  # `__or__` is made by a function
        self.update(other)
        return self

    @classmethod
    def stack(cls, items: abc.Sequence[Data], axis: int = 0) -> Self:
        """Join items of one structure along a new axis; numbers and strings become arrays.

        Raises:
            GDictValueError: If there are no items, or structures or shapes differ.
        """
        return cls._checked(stack(_trees(items), axis))

    @classmethod
    def concat(cls, items: abc.Sequence[Data], axis: int = 0) -> Self:
        """Join items of one structure along an existing axis.

        Raises:
            GDictValueError: If there are no items, or structures or shapes differ.
        """
        return cls._checked(concat(_trees(items), axis))

    def map(self, fn: abc.Callable[..., Leaf], *others: Data) -> GDict:
        """Return a GDict of `fn(leaf, *leaves of others)`.

        Args:
            fn: Called once per leaf, in order.
            *others: GDicts or containers of the same structure.

        Raises:
            GDictValueError: If the structures differ.
            GDictError: If `fn` fails; its path names the leaf, its cause is the original error.
        """
        if not others:
            return GDict._wrap(map_leaves(fn, self._gdict_tree))
        return GDict._wrap(map_leaves_with(fn, self._gdict_tree, tuple(map(own, others))))

    map_with_path = _gdict(map_with_path)

    # ---------------------------------------------------------------- library, type, device

    def copy(self) -> Self:
        """Copy every array."""
        return self._wrap(libraries.copy(self._gdict_tree))

    to_torch = same_class(libraries.to_torch)
    cuda = same_class(libraries.cuda)
    to_numpy = same_class(libraries.to_numpy)
    to = same_class(libraries.to)
    cpu = same_class(libraries.cpu)
    pin_memory = same_class(libraries.pin_memory)
    detach = same_class(libraries.detach)
    astype = same_class(libraries.astype)
    float = same_class(libraries.float)
    half = same_class(libraries.half)
    contiguous = same_class(libraries.contiguous)
    zeros_like = same_class(libraries.zeros_like)
    clip = same_class(operations.clip)
    item = _gdict(libraries.item)
    to_list = result(libraries.to_list)
    to_plain = result(own)
    to_dict = result(key_paths.to_dict)

    # ---------------------------------------------------------------- axes and values

    squeeze = _gdict(operations.squeeze)
    unsqueeze = _gdict(operations.unsqueeze)
    reshape = _gdict(operations.reshape)
    split_dim = _gdict(operations.split_dim)
    transpose = _gdict(operations.transpose)
    repeat = _gdict(operations.repeat)
    tile = _gdict(operations.tile)
    mean = _gdict(operations.mean)
    sum = _gdict(operations.sum)
    min = _gdict(operations.min)
    max = _gdict(operations.max)
    take = _gdict(operations.take)
    select_with_mask = _gdict(operations.select_with_mask)
    recover_with_mask = _gdict(operations.recover_with_mask)

    # ---------------------------------------------------------------- selecting, flat form

    select_by_keys = same_class(selection.select_by_keys)
    exclude_keys = same_class(selection.exclude_keys)
    filter = same_class(selection.filter)
    flatten_keys = result(selection.flatten_keys)

    flatten = result(flatten)

    @classmethod
    def unflatten_keys(cls, flat: abc.Mapping[str, Data]) -> Self:
        """Undo `flatten_keys`: return nested dicts, and lists for the keys 0, 1, ...

        Raises:
            GDictKeyError: If one path leads through the leaf of another.
        """
        return cls._checked(selection.unflatten_keys(flat))

    @classmethod
    def unflatten(cls, structure: Structure, leaves: abc.Iterable[Leaf]) -> Self:
        """Undo `flatten`, with these or other leaves.

        Raises:
            GDictValueError: If the number of leaves is another one.
        """
        return cls._checked(structure.unflatten(leaves))

    # ---------------------------------------------------------------- describing, comparing

    shape = property(result(description.shape))
    dtype = property(result(description.dtype))
    device = property(result(description.device))
    nbytes = property(result(description.nbytes))
    leaves = result(description.leaves)
    paths = result(description.paths)
    compare = result(comparison.compare)
    equal = result(comparison.equal)
    allclose = result(comparison.allclose)

    def summary(self) -> str:
        """Return the nesting as an indented text, one line per leaf, with the total size."""
        return description.summary(self._gdict_tree, title=type(self).__name__)


def _trees(items: abc.Sequence[Data]) -> list[Tree]:
    return [item._gdict_tree if isinstance(item, GDict) else own(item) for item in items]
