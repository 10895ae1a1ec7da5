"""Evaluation: the student alone, on fixed seeds, with an interval on every rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_config.section import STRICT
from spawnnet_record.files import replace_rows
from spawnnet_record.success_rate import Rate, success_rate
from spawnnet_train.config.errors import SettingError
from spawnnet_train.config.simulator import RandomizationConfig
from spawnnet_train.rollouts.environment import LabelledEnvironment, deal
from spawnnet_train.rollouts.rollout import Step, rollout
from spawnnet_train.rollouts.seeding import rollout_seed
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.targets import NOT_PRIVILEGED


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
    selection_seed: Annotated[int, Field(ge=0)] | None = None
    """The same for evaluations on the way, which choose the best checkpoint: never those reported.
    By default the one after `seed`."""
    randomization: RandomizationConfig | None = None
    """What differs between episodes here; null for the same as in training."""
    every: Annotated[int, Field(ge=1)] | None = None
    """Periods (rounds, epochs) from one evaluation to the next; there is always one at the end."""
    video_envs: Annotated[int, Field(ge=1)] = 16
    """Environments shown in a video, at most."""

    def __post_init__(self) -> None:
        if self.selection_seed == self.seed:
            raise SettingError("selection_seed", f"must differ from `seed`, got {self.seed} twice.")

    @property
    def chosen_on(self) -> int:
        """The seed of evaluations that choose a checkpoint."""
        return self.seed + 1 if self.selection_seed is None else self.selection_seed


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
    privileged: str = NOT_PRIVILEGED
    """What the student learned beside actions: `none`, a `probe` that leaves it as it is, `targets`
    that shape its features, or `targets to policy`."""
    target_errors: Mapping[str, float] = MappingProxyType({})
    """Median errors of its privileged targets before the hand closes on the handle."""


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
        errors = _TargetErrors()
        for step in rollout(environment, actor, seed=episode_seed, is_blind=is_blind):
            errors.add(step)
            if watch is not None:
                watch(index, step)
        medians = errors.medians()
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
                actor.privileged,
                {name: round(float(values[env]), 2) for name, values in medians.items()},
            )


class _TargetErrors:
    """Errors of the privileged targets over the steps of a rollout."""

    def __init__(self) -> None:
        self._steps: list[Mapping[str, NDArray[np.float32]]] = []
        self._is_held: list[NDArray[np.bool_]] = []

    def add(self, step: Step) -> None:
        """Take in a step in which something was predicted."""
        if step.target_errors:
            self._steps.append(step.target_errors)
            self._is_held.append(step.progress["grasped"])

    def medians(self) -> dict[str, NDArray[Any]]:
        """Return the medians over the steps before the hand held the handle, `(N,)` each."""
        if not self._steps:
            return {}
        is_held = np.stack(self._is_held)  # (steps, N)
        is_held[0] = False  # so that every episode has a step that counts
        return {
            name: np.nanmedian(
                np.where(is_held, np.nan, np.stack([step[name] for step in self._steps])), axis=0
            )
            for name in self._steps[0]
        }


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
    privileged: str
    target_errors: Mapping[str, float]
    """Medians over episodes, see `Episode`."""


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
    """Write `episodes.csv` and `summary.csv` into `folder`; other splits keep their rows."""
    names = tuple(episodes[0].target_errors) if episodes else ()
    rows = [(*episode[:-1], *episode.target_errors.values()) for episode in episodes]
    replace_rows(folder / "episodes.csv", (*Episode._fields[:-1], *names), rows)
    header = ("split", "cabinet", *Rate._fields, *SummaryRow._fields[3:-1], *names)
    replace_rows(folder / "summary.csv", header, map(_summary_cells, summarize(episodes)))


def _summary_cells(row: SummaryRow) -> tuple[object, ...]:
    shares = (*row.rate[2:], row.grasped, row.closest, row.opened)
    errors = (f"{error:.2f}" for error in row.target_errors.values())
    numbers = (f"{share:.4f}" for share in shares)
    return (row.split, row.cabinet, *row.rate[:2], *numbers, row.privileged, *errors)


def _row(split: str, cabinet: str, episodes: Sequence[Episode]) -> SummaryRow:
    return SummaryRow(
        split,
        cabinet,
        success_rate(sum(episode.success for episode in episodes), len(episodes)),
        grasped=float(np.mean([episode.grasped for episode in episodes])),
        closest=float(np.median([episode.closest for episode in episodes])),
        opened=float(np.mean([episode.opened for episode in episodes])),
        privileged=episodes[0].privileged,
        target_errors={
            name: float(np.median([episode.target_errors[name] for episode in episodes]))
            for name in episodes[0].target_errors
        },
    )
