"""A bounded store of what was used last: open files, decoded columns, short arrays."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar, final

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@final
class RecentlyUsed(Generic[K, T]):
    """Values made by `load`, the last `capacity` of them kept.

    A value with a `close` method is closed when it leaves. Values never cross a process boundary:
    a pickled copy starts empty, and so does the child of a fork, because open HDF5 files and video
    decoders must not be shared.
    """

    def __init__(self, load: Callable[[K], T], capacity: int) -> None:
        self._load = load
        self._capacity = capacity
        self._values: OrderedDict[K, T] = OrderedDict()
        self._process = os.getpid()

    def get(self, key: K) -> T:
        """Return the value of `key`, made now unless it is still kept."""
        if self._process != os.getpid():
            self._values, self._process = OrderedDict(), os.getpid()
        if key not in self._values:
            self._values[key] = self._load(key)
            if len(self._values) > self._capacity:
                _close(self._values.popitem(last=False)[1])
        self._values.move_to_end(key)
        return self._values[key]

    def close(self) -> None:
        """Close and forget everything."""
        while self._values:
            _close(self._values.popitem()[1])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_values": OrderedDict()}


def _close(value: object) -> None:
    close = getattr(value, "close", None)
    if close is not None:
        close()
