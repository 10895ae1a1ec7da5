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
    """Values made by `load`, the last of them kept.

    A value with a `close` method is closed when it leaves. Values never cross a process boundary:
    a pickled copy starts empty, and so does the child of a fork, because open HDF5 files and video
    decoders must not be shared.
    """

    def __init__(
        self, load: Callable[[K], T], capacity: int, size: Callable[[T], int] | None = None
    ) -> None:
        """Start empty.

        Args:
            load: Makes the value of a key.
            capacity: What the sizes of all values may come to; the newest is kept whatever its
                size.
            size: Returns the size of a value, always the same; by default each counts as one.
        """
        self._load = load
        self._capacity = capacity
        self._size = size
        self._values: OrderedDict[K, T] = OrderedDict()
        self._used = 0
        self._process = os.getpid()

    def get(self, key: K) -> T:
        """Return the value of `key`, made now unless it is still kept."""
        if self._process != os.getpid():
            self._values, self._used, self._process = OrderedDict(), 0, os.getpid()
        if key not in self._values:
            self._values[key] = self._load(key)
            self._used += self._size_of(self._values[key])
            while self._used > self._capacity and len(self._values) > 1:
                self._drop_oldest()
        self._values.move_to_end(key)
        return self._values[key]

    def close(self) -> None:
        """Close and forget everything."""
        while self._values:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, value = self._values.popitem(last=False)
        self._used -= self._size_of(value)
        _close(value)

    def _size_of(self, value: T) -> int:
        return 1 if self._size is None else self._size(value)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_values": OrderedDict(), "_used": 0}


def _close(value: object) -> None:
    close = getattr(value, "close", None)
    if close is not None:
        close()
