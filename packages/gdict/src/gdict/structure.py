"""Structure: nested data without its leaves, which puts leaves back quickly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, final

from gdict.errors import GDictValueError
from gdict.tree import CONTAINERS


@final
class Structure:
    """The containers and keys of nested data; equal structures are equal and hash alike.

    Args:
        kind: Type of the outermost container; `object` if there is only one leaf.
        keys: Its keys, in order.
        children: The structure below each key; None for a leaf.
    """

    __slots__ = ("_children", "_keys", "_kind", "num_leaves")

    def __init__(
        self, kind: type, keys: tuple[Any, ...], children: tuple[Structure | None, ...]
    ) -> None:
        self._kind = kind
        self._keys = keys
        self._children = None if all(child is None for child in children) else children
        self.num_leaves: int = sum(1 if child is None else child.num_leaves for child in children)

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """Return plain containers with `leaves`, in order.

        Raises:
            GDictValueError: If the number of leaves is not `num_leaves`.
        """
        if type(leaves) is not list:
            leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise GDictValueError(f"Expected {self.num_leaves} leaves, got {len(leaves)}.")
        return self._build(iter(leaves))

    def _build(self, leaves: Iterator[Any]) -> Any:
        if self._children is None:
            built = dict(zip(self._keys, leaves, strict=False))
        else:
            built = {}
            for key, child in zip(self._keys, self._children, strict=True):
                built[key] = next(leaves) if child is None else child._build(leaves)
        if self._kind is dict:
            return built
        return built[()] if self._kind is object else self._kind(built.values())

    def _state(self) -> tuple[Any, ...]:
        return self._kind, self._keys, self._children

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Structure) and self._state() == other._state()

    def __hash__(self) -> int:
        return hash(self._state())

    def __repr__(self) -> str:
        return f"Structure({self.unflatten('*' * self.num_leaves)!r})"


def structure_of(node: Any) -> Structure:
    """Return the structure of containers that are ours."""
    if type(node) not in CONTAINERS:
        return Structure(object, ((),), (None,))
    values = node.values() if type(node) is dict else node
    return Structure(
        type(node),
        tuple(node if type(node) is dict else range(len(node))),
        tuple([structure_of(child) if type(child) in CONTAINERS else None for child in values]),
    )
