"""Structure: nested data without its leaves, which puts leaves back quickly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, final

from gdict.errors import GDictValueError
from gdict.tree import CONTAINERS


@final
class Structure:
    """The containers and keys of nested data; equal structures are equal and hash alike.

    Attributes:
        num_leaves: Number of leaves that `unflatten` takes.
    """

    __slots__ = ("_children", "_keys", "_kind", "num_leaves")

    def __init__(
        self, kind: type | None, keys: tuple[Any, ...], children: tuple[Structure | None, ...]
    ) -> None:
        self._kind = kind
        self._keys = keys
        self._children = children if any(children) else None
        self.num_leaves = 1 if kind is None else sum(c.num_leaves if c else 1 for c in children)

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """Return plain containers with `leaves`, in order.

        Raises:
            GDictValueError: If the number of leaves is not `num_leaves`.
        """
        leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise GDictValueError(f"Expected {self.num_leaves} leaves, got {len(leaves)}.")
        return leaves[0] if self._kind is None else self._build(iter(leaves))

    def _build(self, leaves: Iterator[Any]) -> Any:
        if self._children is None:
            built = dict(zip(self._keys, leaves, strict=False))
        else:
            built = {
                key: next(leaves) if child is None else child._build(leaves)
                for key, child in zip(self._keys, self._children, strict=True)
            }
        return built if self._kind is dict else self._kind(built.values())

    def _state(self) -> tuple[Any, ...]:
        return self._kind, self._keys, self._children

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Structure) and self._state() == other._state()

    def __hash__(self) -> int:
        return hash(self._state())

    def __repr__(self) -> str:
        return f"Structure({self.unflatten('*' * self.num_leaves)!r})"


_LEAF = Structure(None, (), ())


def structure_of(node: Any) -> Structure:
    """Return the structure of containers that are ours."""
    if type(node) not in CONTAINERS:
        return _LEAF
    values = node.values() if type(node) is dict else node
    keys = tuple(node) if type(node) is dict else tuple(range(len(node)))
    return Structure(
        type(node),
        keys,
        tuple([structure_of(v) if type(v) in CONTAINERS else None for v in values]),
    )
