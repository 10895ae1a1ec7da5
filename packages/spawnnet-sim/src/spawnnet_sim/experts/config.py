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
            trained, `original` for one of the original release, or another of `list_experts`.
        checkpoint: File or folder of a learned expert; file of an original one, such as
            `model_16400.pt`, beside which `CP_16400.pt` lies.
    """

    name: str = "scripted"
    checkpoint: str | None = None
