"""GDict as a node of the pytrees of torch and optree, and in torch's data loader.

A GDict has one child, its containers, which the libraries know how to walk. Registration happens
once per library: when gdict is imported after it, or else when the next GDict is made, indexed or
converted to torch. Neither library is ever imported here.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gdict.container import GDict

_lock = threading.Lock()
_registered: set[str] = set()
"""Libraries that know GDicts: process-wide, as their registries are."""

_ATTRIBUTE = "_gdict_tree"
"""Where the child is, for the paths that the libraries build."""


def register_loaded() -> None:
    """Register GDict and DictArray with those of torch and optree that are loaded by now."""
    for library in ("torch", "optree"):
        if library not in _registered and library in sys.modules and not _is_compiling():
            with _lock:
                if library not in _registered:
                    (_register_torch if library == "torch" else _register_optree)()
                    _registered.add(library)


def _is_compiling() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and torch.compiler.is_compiling()


def _register_torch() -> None:
    from torch.utils import _pytree
    from torch.utils.data._utils.collate import default_collate_fn_map

    from gdict.container import GDict

    for node in _node_types():
        _pytree.register_pytree_node(
            node,
            _containers,
            partial(_from_containers, node),
            serialized_type_name=f"gdict.{node.__name__}",
            flatten_with_keys_fn=_containers_with_key,
        )
    default_collate_fn_map[GDict] = _collate


def _register_optree() -> None:
    import optree

    for node in _node_types():
        optree.register_pytree_node(
            node,
            lambda data: (*_containers(data), [_ATTRIBUTE]),
            partial(_from_context, node),
            path_entry_type=optree.GetAttrEntry,
            namespace=optree.registry.__GLOBAL_NAMESPACE,
        )


def _containers(data: Any) -> tuple[list[Any], None]:
    return [data._gdict_tree], None


def _containers_with_key(data: Any) -> tuple[list[tuple[Any, Any]], None]:
    from torch.utils._pytree import GetAttrKey

    return [(GetAttrKey(_ATTRIBUTE), data._gdict_tree)], None


def _from_containers(node: type[GDict], children: Iterable[Any], _: None) -> GDict:
    (tree,) = children
    return node._wrap(tree)


def _from_context(node: type[GDict], _: None, children: Iterable[Any]) -> GDict:
    return _from_containers(node, children, None)


def _node_types() -> tuple[type[GDict], ...]:
    from gdict.container import GDict
    from gdict.dict_array import DictArray

    return GDict, DictArray


def _collate(batch: list[GDict], **_: Any) -> GDict:
    """Stack what a data loader has fetched, as tensors."""
    from gdict.dict_array import DictArray

    return DictArray.stack(batch).to_torch()
