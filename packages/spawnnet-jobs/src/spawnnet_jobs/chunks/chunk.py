"""One of the parts that work is divided into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from spawnnet_config import ConfigError

ItemT = TypeVar("ItemT")
_PATTERN = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True, order=True)
class Chunk:
    """Part `number` of `count`, counted from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `1/4` stands for.

        Raises:
            ConfigError: If it is no part of a whole.
        """
        found = _PATTERN.fullmatch(text)
        number, count = map(int, found.groups()) if found else (0, 0)
        if not 1 <= number <= count:
            message = "expected a part and the number of parts, from 1/4 to 4/4 for example."
            raise ConfigError([f"--chunk {text}: {message}"])
        return cls(number, count)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def of(self, items: Sequence[ItemT]) -> list[ItemT]:
        """Return the items of this part; they are dealt out in turn, so each is in one part."""
        return list(items[self.number - 1 :: self.count])
