"""Evaluation: the student alone, on fixed seeds, with an interval on every rate."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_sim import CabinetEnv
from spawnnet_train.config.section import STRICT
from spawnnet_train.record.run_directory import write_text
from spawnnet_train.rollouts.rollout import Step, rollout
from spawnnet_train.rollouts.seeding import rollout_seed
from spawnnet_train.rollouts.statistics import Rate, success_rate
from spawnnet_train.student.student import StudentActor


@dataclass(frozen=True, kw_only=True, config=STRICT)
class EvaluationConfig:
    """How the student alone is measured."""

    episodes: Annotated[int, Field(ge=1)] = 48
    """Episodes on the training cabinets, dealt out to them in turn."""
    held_out_episodes: Annotated[int, Field(ge=0)] = 20
    """Episodes on the held-out cabinets."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides where the episodes begin; none of them occurs in training."""
    every: Annotated[int, Field(ge=1)] | None = None
    """Rounds from one evaluation to the next; there is always one at the end."""
    video_cells: Annotated[int, Field(ge=1)] = 16
    """Cells shown in a video, at most."""


class Episode(NamedTuple):
    """The outcome of one episode; a row of `episodes.csv`."""

    split: str
    cabinet: str
    cell: int
    seed: int
    success: bool
    opened: float
    """How far the drawer was open at the end, in m."""


def evaluate(
    environment: CabinetEnv,
    actor: StudentActor,
    *,
    split: str,
    episodes: int,
    seed: int,
    is_blind: bool = False,
    watch: Callable[[int, Step], None] | None = None,
) -> Iterator[Episode]:
    """Let the student act alone and yield the outcome of every episode.

    Args:
        environment: N cells, one cabinet each.
        actor: The student.
        split: What the cabinets are called in the results.
        episodes: How many, dealt out to the cells in turn. Where the cells do not divide it, the
            last rollout runs in all of them and the results of the last cells are left out.
        seed: The same seed gives the same episodes.
        is_blind: Whether the student sees black images.
        watch: Called with the rollout's number and each of its steps.
    """
    cells = environment.num_envs
    for index in range(math.ceil(episodes / cells)):
        episode_seed = rollout_seed("evaluation", seed, index)
        for step in rollout(environment, actor, seed=episode_seed, is_blind=is_blind):
            if watch is not None:
                watch(index, step)
        for cell in range(min(cells, episodes - index * cells)):
            yield Episode(
                split,
                environment.cabinets[cell],
                cell,
                episode_seed,
                bool(step.success[cell]),
                round(float(step.opened[cell]), 4),
            )


class SummaryRow(NamedTuple):
    """A success rate of one cabinet, or of `all` of a split; a row of `summary.csv`."""

    split: str
    cabinet: str
    rate: Rate


def summarize(episodes: Iterable[Episode]) -> list[SummaryRow]:
    """Return the success rates of each split: over all its cabinets, then of each of them."""
    rows = []
    for split, of_split in groupby(episodes, key=lambda episode: episode.split):
        members = sorted(of_split, key=lambda episode: episode.cabinet)
        rows.append(SummaryRow(split, "all", _rate(members)))
        for cabinet, of_cabinet in groupby(members, key=lambda episode: episode.cabinet):
            rows.append(SummaryRow(split, cabinet, _rate(list(of_cabinet))))
    return rows


def write_results(folder: Path, episodes: Sequence[Episode]) -> None:
    """Write `episodes.csv` and `summary.csv` into `folder`."""
    _write_table(folder / "episodes.csv", Episode._fields, episodes)
    summary = [
        (row.split, row.cabinet, *row.rate[:2], *(f"{value:.4f}" for value in row.rate[2:]))
        for row in summarize(episodes)
    ]
    _write_table(folder / "summary.csv", ("split", "cabinet", *Rate._fields), summary)


def _rate(episodes: Sequence[Episode]) -> Rate:
    return success_rate(sum(episode.success for episode in episodes), len(episodes))


def _write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())
