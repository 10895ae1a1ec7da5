"""Conversion from and to tensordict, if it is installed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gdict import tree
from gdict.backend import require
from gdict.container import GDict
from gdict.dict_array import DictArray
from gdict.operations import Operations

if TYPE_CHECKING:
    from tensordict import TensorDict


def to_tensordict(data: Operations, batch_size: Sequence[int] | None) -> TensorDict:
    """Return a TensorDict with the same memory; see `GDict.to_tensordict`."""
    tensordict = require("tensordict", "tensordict")
    if batch_size is None:
        batch_size = [len(data)] if isinstance(data, DictArray) else []
    plain = _dicts(data.to_torch()._gdict_tree)
    converted: TensorDict = tensordict.TensorDict(plain, batch_size=list(batch_size))
    return converted


def from_tensordict(tensordict: TensorDict) -> GDict:
    """Return a GDict with the same memory."""
    return GDict(tensordict.to_dict())


def _dicts(node: Any) -> Any:
    if type(node) not in tree.CONTAINERS:
        return node
    return {str(key): _dicts(child) for key, child in tree.children(node)}
