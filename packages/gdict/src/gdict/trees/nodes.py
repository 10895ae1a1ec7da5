"""What a tree is made of: dicts, lists and tuples of our own; everything else is a leaf."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gdict.aliases import Data, Key, Tree
from gdict.errors import GDictKeyError, GDictValueError, raise_at

CONTAINERS = frozenset((dict, list, tuple))
"""The exact types of containers once `own` has seen them."""

_TREE = "_gdict_tree"
"""The slot in which GDict and its subclasses, which this module does not know, keep their tree."""


def own(value: Data) -> Tree:
    """Return `value` with containers of our own and the same leaves.

    Mappings become dicts, named tuples become dicts of their fields, GDicts are unwrapped.

    Raises:
        GDictKeyError: If a key is neither a string without `/` nor a natural number.
        GDictValueError: If a container contains itself, or the nesting is too deep.
    """
    try:
        return _own(value)
    except RecursionError:
        raise GDictValueError("The data is nested too deeply or contains itself.") from None


def _own(value: Data) -> Tree:
    kind = type(value)
    if kind is np.ndarray:
        return value
    if kind is dict:
        return _own_dict(value)
    if kind is list or kind is tuple:
        return kind([_own(child) if type(child) is not np.ndarray else child for child in value])
    plain = _as_container(value)
    return value if plain is value else _own(plain)


def _own_dict(mapping: dict[Any, Data]) -> dict[Key, Tree]:
    owned = {}
    key: Any = None
    try:
        for key, child in mapping.items():
            if type(key) is not str or not key or "/" in key:
                check_key(key)
                if not isinstance(key, str) and str(key) in mapping:
                    raise GDictKeyError(
                        f"The keys {key!r} and {str(key)!r} have the same path; keep one."
                    )
            owned[key] = child if type(child) is np.ndarray else _own(child)
    except Exception as error:
        raise_at(error, key)
    return owned


def check_key(key: object) -> None:
    """Raise unless containers may have `key`.

    Raises:
        GDictKeyError: If it is neither a string without `/` nor a natural number.
    """
    if isinstance(key, str):
        if not key or "/" in key:
            raise GDictKeyError(
                "A key must not be empty or contain `/`; nest dictionaries instead."
            )
    elif not isinstance(key, int) or isinstance(key, bool) or key < 0:
        raise GDictKeyError(f"A key must be a string or a natural number, got {key!r}.")


def _as_container(value: Data) -> Data:
    """Return the dict, list or tuple that `value` stands for, or `value` itself if a leaf."""
    if isinstance(value, tuple):
        return value._asdict() if hasattr(value, "_asdict") else tuple(value)
    if isinstance(value, list):
        return list(value)
    if not hasattr(type(value), "keys"):  # tensors, of which asking Mapping takes long
        return value
    if hasattr(type(value), _TREE):
        return value._gdict_tree
    return dict(value) if isinstance(value, Mapping) else value


def children(tree: Tree) -> Iterator[tuple[Key, Tree]]:
    """Iterate over the keys and children of one container; a leaf has none."""
    if type(tree) is dict:
        return iter(tree.items())
    return iter(enumerate(tree)) if type(tree) in CONTAINERS else iter(())


def check_same_keys(tree: Tree, other: Tree) -> None:
    """Raise unless `other` is a container of the same type with the same keys.

    Raises:
        GDictValueError: If they differ; the text names what is missing and unexpected.
    """
    if type(other) is not type(tree):
        raise GDictValueError(
            f"Expected a {type(tree).__name__} as in the first, got {type(other).__name__}."
        )
    if type(tree) is dict:
        if tree.keys() != other.keys():
            missing = sorted(map(str, tree.keys() - other.keys()))
            unexpected = sorted(map(str, other.keys() - tree.keys()))
            raise GDictValueError(
                f"The keys differ: {missing} are missing and {unexpected} unexpected."
            )
    elif len(tree) != len(other):
        raise GDictValueError(f"Expected {len(tree)} items as in the first, got {len(other)}.")
