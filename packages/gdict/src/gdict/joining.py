"""Joining nested data leaf by leaf: stack and concat."""

from collections.abc import Callable, Sequence
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
    for node in nodes:
        if type(node) is not kind or (
            node.keys() != first.keys() if kind is dict else len(node) != len(first)
        ):
            check_same_keys(first, node)
    out: Any = {}
    key: Any = None
    try:
        for key in first if kind is dict else range(len(first)):
            out[key] = join([node[key] for node in nodes], fn)
    except Exception as error:
        raise_at(error, key)
    return out if kind is dict else kind(out.values())
