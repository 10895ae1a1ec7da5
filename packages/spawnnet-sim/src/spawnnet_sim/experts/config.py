"""Which expert labels states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from spawnnet_sim.value_types import require_types


@dataclass(frozen=True)
class ExpertConfig:
    """An expert by its name.

    Attributes:
        name: `scripted` for the task's own, `smooth` for one of ramps in place of thresholds, which
            is easier to imitate, `learned` for one that `spawnnet-sim train-expert`
            trained, or another of `list_experts`.
        checkpoint: File or folder of a learned expert.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    name: str = "scripted"
    checkpoint: str | None = None

    def __post_init__(self) -> None:
        require_types(self)
