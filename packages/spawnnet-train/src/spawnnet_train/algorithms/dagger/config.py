"""Settings of DAgger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_config.section import STRICT
from spawnnet_train.algorithms.dagger.mixing import MixingConfig
from spawnnet_train.algorithms.dagger.replay import ReplayConfig
from spawnnet_train.config.simulator import DisturbanceConfig


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DaggerConfig:
    """Whose episodes the student learns from."""

    rounds: Annotated[int, Field(ge=0)] = 10
    """Rounds of student rollouts after the warm-up, which is a learning phase of its own: the
    original's 10 and 20 learning phases are `rounds: 9` and `rounds: 19`."""
    warmup_episodes: Annotated[int, Field(ge=1)] = 8
    """Episodes of the expert before the first update, rounded up to whole rollouts of all
    environments."""
    episodes_per_round: Annotated[int, Field(ge=1)] = 8
    """Episodes of each later round, rounded up likewise."""
    updates_per_round: Annotated[int, Field(ge=1)] = 500
    """Updates after the rollouts of each round."""
    warmup_updates: Annotated[int, Field(ge=1)] | None = None
    """Updates after the warm-up; null for as many as after a round. With `rounds: 0` the student is
    cloned from the expert, and nothing else."""
    disturbance: DisturbanceConfig = DisturbanceConfig()
    """How the expert errs where it acts, which shows how to come back from errors; its labels are
    right all the same."""
    warmup_folder: Path | None = None
    """Where to keep the warm-up's images, labels and frozen features, and to find those of runs
    that differ in the student alone; null for nowhere."""
    mixing: MixingConfig = MixingConfig()
    """Who acts in which round, the student or the expert."""
    replay: ReplayConfig = ReplayConfig()
    """What is kept of the episodes, and where."""
