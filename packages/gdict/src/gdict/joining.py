"""Joining nested data leaf by leaf: stack and concat."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from gdict.errors import GDictValueError, raise_at
from gdict.tree import CONTAINERS, check_same_keys


def join(nodes: Sequence[Any], fn: Callable[[Sequence[Any]], Any]) -> Any:
    """Return the nesting of the first node with `fn(leaves of all nodes)` at every leaf.

    Raises:
        GDictValueError: If there is no node, or the structures differ; the path says where.
    """
    if not nodes:
        raise GDictValueError("There is nothing to join: got no items.")
    first = nodes[0]
    kind = type(first)
    if kind not in CONTAINERS:
        return fn(nodes)
    columns = _columns(nodes, first if kind is dict else range(len(first)))
    out: Any = {}
    key: Any = None
    try:
        for key, column in columns.items():
            out[key] = join(column, fn) if type(column[0]) in CONTAINERS else fn(column)
    except Exception as error:
        raise_at(error, key)
    return out if kind is dict else kind(out.values())


def _columns(nodes: Sequence[Any], keys: Any) -> dict[str | int, list[Any]]:
    """Return the children of all nodes by key, after checking that the keys are the same."""
    kind, size = type(nodes[0]), len(nodes[0])
    try:
        if set(map(type, nodes)) == {kind} and set(map(len, nodes)) == {size}:
            return {key: list(map(itemgetter(key), nodes)) for key in keys}
    except KeyError:  # as many keys, but others
        pass
    for node in nodes:
        check_same_keys(nodes[0], node)
    raise AssertionError("unreachable: some node differs from the first")
