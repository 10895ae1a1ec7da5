"""Which expert labels states."""

from __future__ import annotations

from dataclasses import dataclass

from spawnnet_sim.configuration import Configuration


@dataclass(frozen=True)
class ExpertConfig(Configuration):
    """An expert by its name.

    Attributes:
        name: `scripted` for the task's own, `smooth` for one of ramps in place of thresholds, which
            is easier to imitate, `learned` for one that `spawnnet-sim train-expert`
            trained, or another of `list_experts`.
        checkpoint: File or folder of a learned expert.
    """

    name: str = "scripted"
    checkpoint: str | None = None
