"""GDict as a node of the pytrees of torch and optree, and in torch's data loader.

A GDict has one child, its tree, which the libraries know how to walk. Registration happens once
per library: when gdict is imported after it, or else when the next GDict is made, indexed or
converted to torch. Neither library is ever imported here.
"""

import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol, Self

from gdict.aliases import Tree


class Node(Protocol):
    """A class around one tree."""

    _gdict_tree: Tree

    @classmethod
    def _wrap(cls, owned: Tree) -> Self: ...


_nodes: dict[type[Any], Callable[..., Node]] = {}
"""The classes that are nodes, each with how a data loader joins instances of it."""

_lock = threading.Lock()
_unregistered: tuple[str, ...] = ("torch", "optree")
"""Libraries that do not know the nodes yet: process-wide, as their registries are."""

_ATTRIBUTE = "_gdict_tree"
"""Where the child is, for the paths that the libraries build."""


def declare_nodes(kinds: Iterable[type[Node]], collate: Callable[..., Node]) -> None:
    """Make classes nodes of pytrees.

    Args:
        kinds: The classes.
        collate: Called by a data loader with a list of fetched instances, to join them.
    """
    _nodes.update(dict.fromkeys(kinds, collate))
    register_loaded()


def register_loaded() -> None:
    """Register the nodes with those of torch and optree that are loaded by now."""
    for library in _unregistered:
        if library in sys.modules and not _is_compiling():
            _register(library)


def _register(library: str) -> None:
    global _unregistered
    with _lock:
        if library in _unregistered:
            (_register_torch if library == "torch" else _register_optree)()
            _unregistered = tuple(name for name in _unregistered if name != library)


def _is_compiling() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and torch.compiler.is_compiling()


def _register_torch() -> None:
    from torch.utils import _pytree
    from torch.utils.data._utils.collate import default_collate_fn_map

    for node, collate in _nodes.items():
        _pytree.register_pytree_node(
            node,
            _children,
            partial(_from_children, node),
            serialized_type_name=f"gdict.{node.__name__}",
            flatten_with_keys_fn=_children_with_key,
        )
        default_collate_fn_map[node] = collate


def _register_optree() -> None:
    import optree

    for node in _nodes:
        optree.register_pytree_node(
            node,
            lambda data: (*_children(data), [_ATTRIBUTE]),
            partial(_from_context, node),
            path_entry_type=optree.GetAttrEntry,
            namespace=optree.registry.__GLOBAL_NAMESPACE,
        )


def _children(data: Any) -> tuple[list[Tree], None]:
    return [data._gdict_tree], None


def _children_with_key(data: Any) -> tuple[list[tuple[Any, Tree]], None]:
    from torch.utils._pytree import GetAttrKey

    return [(GetAttrKey(_ATTRIBUTE), data._gdict_tree)], None


def _from_children(node: type[Node], children: Iterable[Tree], _: Any) -> Any:
    (tree,) = children
    return node._wrap(tree)


def _from_context(node: type[Node], _: None, children: Iterable[Tree]) -> Any:
    return _from_children(node, children, None)
