"""Walks over nested dicts, lists and tuples; everything else is a leaf.

The walks are written for speed: no path is built on the way down. When something fails, each
container on the way out adds its key to the error (`errors.raise_at`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from gdict.errors import GDictKeyError, GDictTypeError, GDictValueError, Path, raise_at
from gdict.nested import Nested

CONTAINERS = frozenset((dict, list, tuple))
"""The exact types of containers once `own` has seen them."""


def own(value: Any) -> Any:
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


def _own(value: Any) -> Any:
    kind = type(value)
    if kind is np.ndarray:
        return value
    if kind is dict:
        return _own_dict(value)
    if kind is list or kind is tuple:
        return kind([_own(child) if type(child) is not np.ndarray else child for child in value])
    plain = _as_container(value)
    return value if plain is value else _own(plain)


def _own_dict(mapping: dict[Any, Any]) -> dict[str | int, Any]:
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


def check_key(key: Any) -> None:
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


def _as_container(value: Any) -> Any:
    """Return the dict, list or tuple that `value` stands for, or `value` itself if a leaf."""
    if isinstance(value, Nested):
        return value._gdict_tree
    if isinstance(value, tuple):
        return value._asdict() if hasattr(value, "_asdict") else tuple(value)
    if isinstance(value, list):
        return list(value)
    # Asking the abstract class takes long for tensors, which have no `keys`.
    is_mapping = hasattr(type(value), "keys") and isinstance(value, Mapping)
    return dict(value) if is_mapping else value


def children(node: Any) -> Iterator[tuple[str | int, Any]]:
    """Iterate over the keys and children of one container; a leaf has none."""
    if type(node) is dict:
        return iter(node.items())
    return iter(enumerate(node)) if type(node) in CONTAINERS else iter(())


def map_leaves(fn: Callable[[Any], Any], node: Any) -> Any:
    """Return the same nesting with `fn(leaf)` for every leaf."""
    kind = type(node)
    key: Any = None
    out: dict[str | int, Any] = {}
    try:
        if kind is dict:
            for key, child in node.items():
                out[key] = map_leaves(fn, child) if type(child) in CONTAINERS else fn(child)
            return out
        if kind is list or kind is tuple:
            for key, child in enumerate(node):
                out[key] = map_leaves(fn, child) if type(child) in CONTAINERS else fn(child)
            return kind(out.values())
    except Exception as error:
        raise_at(error, key)
    return fn(node)


def map_leaves_with(fn: Callable[..., Any], node: Any, others: tuple[Any, ...]) -> Any:
    """Return the same nesting with `fn(leaf, *others' leaves)`; all must have one structure.

    Raises:
        GDictValueError: If a container of the others has other keys.
    """
    kind = type(node)
    if kind not in CONTAINERS:
        _check_leaves(others)
        return fn(node, *others)
    for other in others:
        check_same_keys(node, other)
    key: Any = None
    out: Any = {}
    try:
        for key, child in children(node):
            out[key] = map_leaves_with(fn, child, tuple(other[key] for other in others))
    except Exception as error:
        raise_at(error, key)
    return out if kind is dict else kind(out.values())


def map_paths(fn: Callable[[Path, Any], Any], node: Any, path: Path = ()) -> Any:
    """Return the same nesting with `fn(path, leaf)` for every leaf."""
    kind = type(node)
    if kind not in CONTAINERS:
        return fn(path, node)
    out: Any = {key: map_paths(fn, child, (*path, key)) for key, child in children(node)}
    return out if kind is dict else kind(out.values())


def collect_leaves(node: Any, out: list[Any]) -> list[Any]:
    """Append the leaves below `node` to `out`, in order, and return it."""
    if type(node) in CONTAINERS:
        for child in node.values() if type(node) is dict else node:
            if type(child) in CONTAINERS:
                collect_leaves(child, out)
            else:
                out.append(child)
    else:
        out.append(node)
    return out


def iterate_leaves(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Iterate over the leaves below `node` with their paths, in order."""
    if type(node) not in CONTAINERS:
        yield path, node
        return
    for key, child in children(node):
        yield from iterate_leaves(child, (*path, key))


def check_same_keys(node: Any, other: Any) -> None:
    """Raise unless `other` is a container of the same type with the same keys.

    Raises:
        GDictValueError: If they differ; the text names what is missing and unexpected.
    """
    if type(other) is not type(node):
        raise GDictValueError(
            f"Expected a {type(node).__name__} as in the first, got {type(other).__name__}."
        )
    if type(node) is dict:
        if node.keys() != other.keys():
            missing = sorted(map(str, node.keys() - other.keys()))
            unexpected = sorted(map(str, other.keys() - node.keys()))
            raise GDictValueError(
                f"The keys differ: {missing} are missing and {unexpected} unexpected."
            )
    elif len(node) != len(other):
        raise GDictValueError(f"Expected {len(node)} items as in the first, got {len(other)}.")


def _check_leaves(others: tuple[Any, ...]) -> None:
    for other in others:
        if type(other) in CONTAINERS:
            raise GDictTypeError(f"Expected a leaf as in the first, got a {type(other).__name__}.")
