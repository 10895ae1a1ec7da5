"""Structure: nested data without its leaves, which puts leaves back quickly."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import final

from gdict.aliases import Key, Leaf, Tree
from gdict.errors import GDictValueError
from gdict.trees.nodes import CONTAINERS


@final
class Structure:
    """The containers and keys of nested data; equal structures are equal and hash alike.

    Args:
        skeleton: Containers of ours with None for every leaf.
        num_leaves: Number of leaves.
    """

    __slots__ = ("_skeleton", "num_leaves")

    def __init__(self, skeleton: Tree, num_leaves: int) -> None:
        self._skeleton = skeleton
        self.num_leaves = num_leaves

    def unflatten(self, leaves: Iterable[Leaf]) -> Tree:
        """Return plain containers with `leaves`, in order.

        Raises:
            GDictValueError: If the number of leaves is not `num_leaves`.
        """
        if type(leaves) is not list:
            leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise GDictValueError(f"Expected {self.num_leaves} leaves, got {len(leaves)}.")
        return _filled(self._skeleton, iter(leaves))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Structure) and _frozen(self._skeleton) == _frozen(other._skeleton)

    def __hash__(self) -> int:
        return hash(_frozen(self._skeleton))

    def __repr__(self) -> str:
        return f"Structure({self._skeleton!r})"


def flatten(tree: Tree) -> tuple[list[Leaf], Structure]:
    """Return all leaves in order, and the structure that puts them back."""
    leaves: list[Leaf] = []
    skeleton = _stripped(tree, leaves)
    return leaves, Structure(skeleton, len(leaves))


def _stripped(node: Tree, leaves: list[Leaf]) -> Tree:
    """Return `node` with None for every leaf, and append the leaves."""
    kind = type(node)
    if kind is dict:
        skeleton: dict[Key, Tree] = {}
        for key, child in node.items():
            if type(child) in CONTAINERS:
                skeleton[key] = _stripped(child, leaves)
            else:
                skeleton[key] = None
                leaves.append(child)
        return skeleton
    if kind in CONTAINERS:
        return kind([_stripped(child, leaves) for child in node])
    leaves.append(node)
    return None


def _filled(skeleton: Tree, leaves: Iterator[Leaf]) -> Tree:
    kind = type(skeleton)
    if kind is dict:
        filled: dict[Key, Tree] = {}
        for key, child in skeleton.items():
            filled[key] = next(leaves) if child is None else _filled(child, leaves)
        return filled
    if kind in CONTAINERS:
        return kind([_filled(child, leaves) for child in skeleton])
    return next(leaves)


def _frozen(skeleton: Tree) -> Hashable:
    """Return a hashable form: the type, the keys in order, and the children."""
    if type(skeleton) is dict:
        return dict, tuple((key, _frozen(child)) for key, child in skeleton.items())
    if type(skeleton) in CONTAINERS:
        return type(skeleton), tuple(_frozen(child) for child in skeleton)
    return None
