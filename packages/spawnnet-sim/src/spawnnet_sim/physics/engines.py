"""The settings that every engine has; each engine adds its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class EngineConfig:
    """Which engine simulates.

    Attributes:
        name: Name of the engine.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    name: str
