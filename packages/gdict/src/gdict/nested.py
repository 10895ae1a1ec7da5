"""What every part of GDict stands on: one attribute, and two ways to wrap a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from gdict.container import GDict


class Nested:
    """Containers that are ours, with leaves; GDict is made of parts that derive from this."""

    __slots__ = ("_gdict_tree",)

    _gdict_tree: Any

    @classmethod
    def _wrap(cls, owned: Any) -> Self:
        """Return an instance of the caller's class around containers that are ours already."""
        new = object.__new__(cls)
        new._gdict_tree = owned
        return new

    @classmethod
    def _child(cls, owned: Any) -> Self:
        """Return a container read by its key, of the class that suits a part of this one."""
        return cls._wrap(owned)

    @classmethod
    def _checked(cls, owned: Any) -> Self:
        """Wrap containers of which the class's own conditions are not known to hold."""
        return cls._wrap(owned)

    @staticmethod
    def _plain(owned: Any) -> GDict:
        """Return a GDict around containers that are ours already."""
        raise NotImplementedError
