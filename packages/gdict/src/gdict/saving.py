"""Stub."""

from gdict.nested import Nested


class Saving(Nested):
    """Stub."""

    __slots__ = ()
