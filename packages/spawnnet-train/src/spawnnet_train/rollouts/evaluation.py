"""Evaluation: the student alone, on fixed seeds, with an interval on every rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_sim import RandomizationConfig
from spawnnet_train.config.section import STRICT
from spawnnet_train.record.files import write_csv
from spawnnet_train.rollouts.environment import LabelledEnvironment, deal
from spawnnet_train.rollouts.rollout import Step, rollout
from spawnnet_train.rollouts.seeding import rollout_seed
from spawnnet_train.rollouts.success_rate import Rate, success_rate
from spawnnet_train.student.actor import StudentActor


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EvaluationConfig:
    """How the student alone is measured."""

    splits: Annotated[tuple[Literal["train", "new", "held_out"], ...], Field(min_length=1)] = (
        "train",
        "new",
        "held_out",
    )
    """Where: on the cabinets trained on, on new ones of their family, on held-out ones. Without
    `train` nothing on the way chooses a best checkpoint: cabinets held out are for no choice."""
    episodes: Annotated[int, Field(ge=1)] = 48
    """Episodes on the training cabinets, dealt out to them in turn."""
    new_episodes: Annotated[int, Field(ge=0)] = 20
    """Episodes on other cabinets of the training family: beside those on held-out ones they tell
    what is memorised from what the families differ in."""
    held_out_episodes: Annotated[int, Field(ge=0)] = 20
    """Episodes on the held-out cabinets."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides where the episodes begin; none of them occurs in training."""
    randomization: RandomizationConfig | None = None
    """What differs between episodes here; null for the same as in training."""
    every: Annotated[int, Field(ge=1)] | None = None
    """Periods (rounds, epochs) from one evaluation to the next; there is always one at the end."""
    video_envs: Annotated[int, Field(ge=1)] = 16
    """Environments shown in a video, at most."""


class Episode(NamedTuple):
    """The outcome of one episode; a row of `episodes.csv`."""

    split: str
    cabinet: str
    env: int
    seed: int
    success: bool
    grasped: bool
    closest: float
    """How close the fingertips came to the handle, in m."""
    opened: float
    """How far the task had got at the end, in m or rad."""


def evaluate(
    environment: LabelledEnvironment,
    actor: StudentActor,
    *,
    split: str,
    num_cabinets: int,
    episodes: int,
    seed: int,
    is_blind: bool = False,
    watch: Callable[[int, Step], None] | None = None,
) -> Iterator[Episode]:
    """Let the student act alone and yield the outcome of every episode.

    Args:
        environment: N environments, one cabinet each.
        num_cabinets: Cabinets of the split; where they are more than N, each rollout has others.
        actor: The student.
        split: What the cabinets are called in the results.
        episodes: How many, dealt out to the environments in turn. Where N does not divide it, the
            last rollout runs in all of them and the results of the last ones are left out.
        seed: The same seed gives the same episodes.
        is_blind: Whether the student sees black images.
        watch: Called with the rollout's number and each of its steps.
    """
    N = environment.num_envs
    for index in range(math.ceil(episodes / N)):
        deal(environment, num_cabinets, index)
        episode_seed = rollout_seed("evaluation", seed, index)
        for step in rollout(environment, actor, seed=episode_seed, is_blind=is_blind):
            if watch is not None:
                watch(index, step)
        for env in range(min(N, episodes - index * N)):
            yield Episode(
                split,
                environment.cabinets[env],
                env,
                episode_seed,
                bool(step.success[env]),
                bool(step.progress["grasped"][env]),
                round(float(step.progress["closest"][env]), 4),
                round(float(step.progress["opened"][env]), 4),
            )


class SummaryRow(NamedTuple):
    """A success rate of one cabinet, or of `all` of a split; a row of `summary.csv`."""

    split: str
    cabinet: str
    rate: Rate
    grasped: float
    """Share of episodes in which the hand closed on the handle."""
    closest: float
    """Median of how close the fingertips came to the handle, in m."""
    opened: float
    """Mean of how far the task had got at the end, in m or rad."""


def summarize(episodes: Iterable[Episode]) -> list[SummaryRow]:
    """Return the success rates of each split: over all its cabinets, then of each of them."""
    rows = []
    for split, of_split in groupby(episodes, key=lambda episode: episode.split):
        members = sorted(of_split, key=lambda episode: episode.cabinet)
        rows.append(_row(split, "all", members))
        for cabinet, of_cabinet in groupby(members, key=lambda episode: episode.cabinet):
            rows.append(_row(split, cabinet, list(of_cabinet)))
    return rows


def write_results(folder: Path, episodes: Sequence[Episode]) -> None:
    """Write `episodes.csv` and `summary.csv` into `folder`."""
    write_csv(folder / "episodes.csv", Episode._fields, episodes)
    header = ("split", "cabinet", *Rate._fields, *SummaryRow._fields[3:])
    rows = [
        (row.split, row.cabinet, *row.rate[:2], *(f"{x:.4f}" for x in (*row.rate[2:], *row[3:])))
        for row in summarize(episodes)
    ]
    write_csv(folder / "summary.csv", header, rows)


def _row(split: str, cabinet: str, episodes: Sequence[Episode]) -> SummaryRow:
    return SummaryRow(
        split,
        cabinet,
        success_rate(sum(episode.success for episode in episodes), len(episodes)),
        grasped=float(np.mean([episode.grasped for episode in episodes])),
        closest=float(np.median([episode.closest for episode in episodes])),
        opened=float(np.mean([episode.opened for episode in episodes])),
    )
