"""Compare policy heads on one task: success, update time, latency, parameters.

    python benchmarks/heads.py runs/heads_*

Takes the finished runs of `configs/heads/*.yaml` in the given folders, sweeps included, any number
of seeds each, and prints a Markdown table of one row per head. Success is read from the runs; times
are measured here, in one process, with the student of each head's first run. A control step is what
the student does between observation and action of one robot: backbone, trained encoder, and the
head where a new chunk is due.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import torch

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.run_record import RunRecord
from spawnnet_sim import EnvironmentConfig
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.dagger.dagger import Dagger
from spawnnet_train.learning.learner import Learner
from spawnnet_train.rollouts.simulation import open_environment
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.runs.saved_run import SavedRun, open_saved_run
from spawnnet_train.student.actor import StudentActor

UPDATES, WARMUP = 20, 3
COLUMNS = (
    "head", "chunk", "training cabinets", "held-out cabinets",
    "update (ms)", "control step (ms)", "head alone (ms)", "parameters of the head",
)  # fmt: skip


class Times(NamedTuple):
    """Milliseconds."""

    update: float
    control_step: float
    head: float


class FinishedRun(NamedTuple):
    """What a run left, and its configuration."""

    record: RunRecord
    config: RunConfig


def read_run(path: Path) -> FinishedRun:
    """Read one run directory."""
    record = RunRecord.open(path)
    return FinishedRun(record, load_config(record.directory.config))


def success(runs: list[FinishedRun], split: str) -> str:
    """Return the successes of every run, of as many episodes each."""
    rows = [row for run in runs for row in run.record.success_rates() if row["split"] == split]
    return f"{', '.join(row['successes'] for row in rows)} of {rows[0]['episodes']}"


def measure(run: SavedRun) -> Times:
    """Time control steps and updates of the student that came out of a run."""
    steps = mean(control_times(run))
    features = torch.zeros(1, run.student.policy.feature_dim, device=run.student.device)
    head = median(times(lambda: run.student.policy.predict(features).cpu(), UPDATES))
    return Times(median(update_times(run)), steps, head)  # updates last: they change the student


def times(act: Callable[[], object], count: int) -> list[float]:
    """Return the milliseconds of `count` calls, after some that are not counted."""
    found = []
    for _ in range(WARMUP + count):
        start = time.perf_counter()
        act()
        found.append(1e3 * (time.perf_counter() - start))
    return found[WARMUP:]


def control_times(run: SavedRun) -> list[float]:
    """Return the milliseconds of an episode's control steps."""
    simulation = simulation_of(run.config)
    one = replace(simulation.cabinets, count=1)
    with closing(open_environment(replace(simulation, cabinets=one, num_envs=1))) as environment:
        actor = StudentActor(run.student, run.config.student, num_envs=1)
        observation, _ = environment.reset(seed=0)
        actor.reset(0)
        found = []
        for _ in range(environment.episode_steps):
            start = time.perf_counter()
            actor.observe(observation)
            actions = actor.act()
            found.append(1e3 * (time.perf_counter() - start))
            observation = environment.step(actions)[0]
    return found[WARMUP:]


def update_times(run: SavedRun) -> Iterator[float]:
    """Yield the milliseconds of updates, drawing of the batch included."""
    chosen = run.config.algorithm
    assert isinstance(chosen, DaggerConfig)
    total = UPDATES + WARMUP
    few = replace(chosen, warmup_episodes=1, warmup_updates=total)
    with closing(Dagger.open(few, run.config)) as dagger:
        dagger.set_up(run.student)
        dagger.begin(0, Console())
        learner = Learner(run.student, run.config.train, [total])
        start = time.perf_counter()
        for number, batch in enumerate(islice(dagger.batches(0, 0), total)):
            learner.update(batch)  # waits for the device
            now = time.perf_counter()
            if number >= WARMUP:
                yield 1e3 * (now - start)
            start = now


def simulation_of(config: RunConfig) -> EnvironmentConfig:
    """Return the simulation of the training cabinets."""
    assert config.simulation is not None
    return config.simulation.splits()["train"]


def chunk(config: RunConfig) -> str:
    """Say how many steps are predicted and how they are executed."""
    student = config.student
    if student.ensemble_decay is not None:
        return f"{student.action_horizon}, blended"
    return f"{student.action_horizon}, {student.execution_horizon} executed"


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    found = [file.parent for name in sys.argv[1:] for file in Path(name).rglob("result.json")]
    heads: dict[str, list[FinishedRun]] = defaultdict(list)
    for run in sorted(map(read_run, found), key=lambda run: run.config.seed):
        heads[run.config.policy.name].append(run)
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for name, runs in heads.items():
        saved = open_saved_run(runs[0].record.directory.path)
        measured = measure(saved)
        parameters = sum(parameter.numel() for parameter in saved.student.policy.parameters())
        cells = (
            f"`{name}`", chunk(saved.config), success(runs, "train"), success(runs, "held_out"),
            f"{measured.update:.0f}", f"{measured.control_step:.1f}", f"{measured.head:.2f}",
            f"{parameters:,}",
        )  # fmt: skip
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
