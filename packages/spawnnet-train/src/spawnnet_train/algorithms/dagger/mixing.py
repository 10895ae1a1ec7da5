"""How often the expert acts in the student's place while data are collected."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_config.section import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class MixingConfig:
    """The expert's share (beta) of the steps of each round; it is 1 in the warm-up, round 0.

    References:
        Ross et al., "A Reduction of Imitation Learning and Structured Prediction to No-Regret
        Online Learning", 2011, section 3.
    """

    schedule: Literal["original", "linear", "exponential"] = "original"
    """`original`: 0 after the warm-up, as in the SpawnNet release."""
    linear_rounds: Annotated[int, Field(ge=1)] = 5
    """`linear`: rounds until the share is 0."""
    exponential_base: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """`exponential`: the share of round r is `exponential_base` to the power r."""


def expert_share(config: MixingConfig, round_index: int) -> float:
    """Return the probability that the expert acts in a step of round `round_index`."""
    if round_index == 0:
        return 1.0
    if config.schedule == "linear":
        return max(0.0, 1.0 - round_index / config.linear_rounds)
    if config.schedule == "exponential":
        return config.exponential_base**round_index
    return 0.0
