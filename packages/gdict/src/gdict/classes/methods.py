"""Methods made from functions over plain trees, with their arguments and docstrings."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from gdict.aliases import Tree
from gdict.pytree import Node

P = ParamSpec("P")
R = TypeVar("R")
N = TypeVar("N", bound=Node)


def result(fn: Callable[Concatenate[Tree, P], R]) -> Callable[Concatenate[Node, P], R]:
    """Return the method that calls `fn` with the tree and returns its result."""

    @wraps(fn)
    def method(self: Node, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return fn(self._gdict_tree, *args, **kwargs)

    return method


def same_class(fn: Callable[Concatenate[Tree, P], Tree]) -> Callable[Concatenate[N, P], N]:
    """Return the method that wraps what `fn` makes of the tree in the class of its owner."""

    @wraps(fn)
    def method(self: N, /, *args: P.args, **kwargs: P.kwargs) -> N:
        return self._wrap(fn(self._gdict_tree, *args, **kwargs))

    return method


def checked(fn: Callable[Concatenate[Tree, P], Tree]) -> Callable[Concatenate[N, P], N]:
    """Return the method that wraps it likewise, once it meets the conditions of that class."""

    @wraps(fn)
    def method(self: N, /, *args: P.args, **kwargs: P.kwargs) -> N:
        owner: Any = self
        wrapped: N = owner._checked(fn(self._gdict_tree, *args, **kwargs))
        return wrapped

    return method
