"""Conversion to and from tensordict, if it is installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gdict.aliases import Data, Tree
from gdict.arrays.backend import require
from gdict.classes.dict_array import DictArray
from gdict.classes.gdict import GDict
from gdict.trees import libraries
from gdict.trees.nodes import CONTAINERS, children, own

if TYPE_CHECKING:
    from tensordict import TensorDict


def to_tensordict(data: Data, batch_size: Sequence[int] | None = None) -> TensorDict:
    """Return a TensorDict with the same memory; lists become dictionaries with keys `0`, `1`.

    Args:
        data: A GDict, or what can become one.
        batch_size: Leading axes that all arrays share; None is the number of rows for a
            DictArray and nothing for other data.

    Raises:
        MissingExtraError: If tensordict is not installed.
    """
    tensordict = require("tensordict", "tensordict")
    if batch_size is None:
        batch_size = [len(data)] if isinstance(data, DictArray) else []
    plain = _dicts(libraries.to_torch(own(data)))
    converted: TensorDict = tensordict.TensorDict(plain, batch_size=list(batch_size))
    return converted


def from_tensordict(tensordict: TensorDict) -> GDict:
    """Return a GDict with the same memory."""
    return GDict(tensordict.to_dict())


def _dicts(tree: Tree) -> Tree:
    if type(tree) not in CONTAINERS:
        return tree
    return {str(key): _dicts(child) for key, child in children(tree)}
