"""Compare policy heads on the quickstart: success, update time, latency, parameters.

    python benchmarks/heads.py runs/heads_*

Takes the finished runs of `configs/heads/*.yaml` in the given folders, sweeps included, any number
of seeds each, and prints a Markdown table of one row per head. Success is read from the runs; times
are measured here, in one process, with the student of each head's first run. A control step is what
the student does between observation and action of one robot: backbone, trained encoder, and the
head where a new chunk is due.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import torch

from spawnnet_sim import CabinetEnv, create_expert
from spawnnet_train.algorithms.dagger.dagger import Dagger
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.rollouts.splits import create_actor
from spawnnet_train.runs.assembly import create_cells, create_student, prepare_torch
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.student.student import Student

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
    parameters: int


def load(path: Path) -> RunConfig:
    """Return the configuration of a run of DAgger."""
    config = load_config(path / "config.yaml")
    assert isinstance(config, RunConfig)
    return config


def success(paths: list[Path], split: str) -> str:
    """Return the successes of every run, of as many episodes each."""
    rows = []
    for path in paths:
        with (path / "eval" / "summary.csv").open(newline="", encoding="utf-8") as file:
            found = [
                r for r in csv.DictReader(file) if (r["split"], r["cabinet"]) == (split, "all")
            ]
        rows += found
    return f"{', '.join(row['successes'] for row in rows)} of {rows[0]['episodes']}"


def measure(path: Path, config: RunConfig) -> Times:
    """Time updates and control steps of the student that came out of a run."""
    device = prepare_torch(config)
    with closing(create_cells(config.simulation)) as cells:
        student = create_student(config, cells, device)
        update = median(update_times(config, student, cells))
    load_checkpoint(path / "checkpoints" / "final", student)
    one_cell = replace(config.simulation, num_cabinets=1)
    with closing(create_cells(one_cell)) as cells:
        steps, predictions = control_times(config, student, cells)
    parameters = sum(parameter.numel() for parameter in student.policy.parameters())
    return Times(update, mean(steps), median(predictions), parameters)


def update_times(config: RunConfig, student: Student, cells: CabinetEnv) -> Iterator[float]:
    """Yield the milliseconds of updates, drawing of the batch included."""
    dagger = Dagger(
        replace(config.train, warmup_episodes=cells.num_envs, updates_per_round=UPDATES + WARMUP),
        student=student,
        actor=create_actor(config, student, cells),
        environment=cells,
        expert=create_expert(config.simulation),
        seed=config.seed,
    )
    dagger.collect(0, lambda: None)
    updates = dagger.learn(lambda: None)
    list(islice(updates, WARMUP))
    start = time.perf_counter()
    for update in updates:
        float(update.loss)  # waits for the device
        now = time.perf_counter()
        yield 1e3 * (now - start)
        start = now


def control_times(
    config: RunConfig, student: Student, cells: CabinetEnv
) -> tuple[list[float], list[float]]:
    """Return the milliseconds of control steps, and of predictions by the head."""
    actor = create_actor(config, student, cells)
    observation, _ = cells.reset(seed=0)
    actor.reset(0)
    steps, predictions = [], []
    for _ in range(cells.episode_steps):
        start = time.perf_counter()
        actor.observe(observation)
        actions = actor.act()
        steps.append(1e3 * (time.perf_counter() - start))
        observation = cells.step(actions)[0]
    features = torch.zeros(1, student.policy.feature_dim, device=student.device)
    for _ in range(UPDATES + WARMUP):
        start = time.perf_counter()
        student.policy.predict(features).cpu()
        predictions.append(1e3 * (time.perf_counter() - start))
    return steps[WARMUP:], predictions[WARMUP:]


def chunk(config: RunConfig) -> str:
    """Say how many steps are predicted and how they are executed."""
    student = config.student
    if student.ensemble_decay is not None:
        return f"{student.action_horizon}, blended"
    return f"{student.action_horizon}, {student.execution_horizon} executed"


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    folders = [Path(name) for name in sys.argv[1:]]
    finished = [result.parent for folder in folders for result in folder.rglob("result.json")]
    runs: dict[str, list[tuple[Path, RunConfig]]] = defaultdict(list)
    for path, config in sorted(((p, load(p)) for p in finished), key=lambda run: run[1].seed):
        runs[config.policy.name].append((path, config))
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for name, found in runs.items():
        paths = [path for path, _ in found]
        first, config = found[0]
        times = measure(first, config)
        cells = (
            f"`{name}`", chunk(config), success(paths, "train"), success(paths, "held_out"),
            f"{times.update:.0f}", f"{times.control_step:.1f}", f"{times.head:.2f}",
            f"{times.parameters:,}",
        )  # fmt: skip
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
