"""How often the expert succeeds from the states that a half-trained student leaves it in.

    python -P benchmarks/expert_recovery.py runs/quickstart/*/checkpoints/round_00[12].safetensors

A student acts alone for 8 to 32 control steps, drawn per cell; then the expert has as many steps as
an episode has. Cells in which the student had already succeeded do not count. The expert may be
another one than the run's (`--expert PATH`, see `spawnnet-sim train-expert`). Without `-P` Python
takes the benchmark `gdict.py` for the package.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from spawnnet_sim import CabinetEnv, EnvironmentConfig, Expert, create_expert
from spawnnet_sim.statistics import wilson_interval
from spawnnet_train.assembly import create_cells, create_student, prepare_torch
from spawnnet_train.checkpoint import load_checkpoint
from spawnnet_train.config.loading import load_config
from spawnnet_train.config.run_config import RunConfig
from spawnnet_train.run_directory import RunDirectory
from spawnnet_train.splits import create_actor
from spawnnet_train.student import StudentActor

STUDENT_STEPS = (8, 32)  # shortest and longest, both inclusive
SPLITS = ("training", "held-out")


def recover(
    environment: CabinetEnv, actor: StudentActor, expert: Expert, *, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Run one episode in every cell; return who succeeded, and who was not yet there, `(N,)`."""
    rng = np.random.default_rng(seed)
    takeover = rng.integers(*STUDENT_STEPS, endpoint=True, size=environment.num_envs)
    given = environment.episode_steps - STUDENT_STEPS[1]
    observation, info = environment.reset(seed=seed)
    actor.reset(seed)
    opened_before, success = info["success"].copy(), info["success"].copy()
    for step in range(environment.episode_steps):
        actions = expert.act(environment.privileged_state())
        by_student = step < takeover
        if by_student.any():
            actor.observe(observation)
            actions = np.where(by_student[:, None], actor.act(), actions)
        observation, _, _, _, info = environment.step(actions)
        opened_before = np.where(by_student, info["success"], opened_before)
        success = np.where(step < takeover + given, info["success"], success)
    return success & ~opened_before, ~opened_before


def measure(checkpoint: Path, split: str, episodes: int, expert: str | None) -> tuple[int, int]:
    """Return successes and episodes of the expert after the student of `checkpoint`."""
    config = load_config(RunDirectory.open(checkpoint.parents[1]).config)
    assert isinstance(config, RunConfig)
    cells = _cells(config, split)
    chosen = create_expert(cells if expert is None else replace(cells, expert=expert))
    with closing(create_cells(cells)) as environment:
        student = create_student(config, environment, prepare_torch(config))
        load_checkpoint(checkpoint.with_suffix(""), student)
        actor = create_actor(config, student, environment)
        rounds = range(-(-episodes // environment.num_envs))
        outcomes = [recover(environment, actor, chosen, seed=9000 + index) for index in rounds]
    succeeded, counted = (np.concatenate(each) for each in zip(*outcomes, strict=True))
    return int(succeeded.sum()), int(counted.sum())


def _cells(config: RunConfig, split: str) -> EnvironmentConfig:
    simulation = config.simulation
    cells = simulation if split == SPLITS[0] else simulation.for_held_out()
    return replace(cells, episode_steps=STUDENT_STEPS[1] + cells.episode_steps, renderer="auto")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", nargs="+", type=Path, help="safetensors files of runs")
    parser.add_argument("--episodes", type=int, default=96, help="per checkpoint and split")
    parser.add_argument("--expert", help="a learned expert instead of the run's")
    arguments = parser.parse_args()
    table = Table("checkpoint", "cabinets", "expert succeeded", "rate", "95 % interval")
    for checkpoint in arguments.checkpoints:
        for split in SPLITS:
            good, count = measure(checkpoint, split, arguments.episodes, arguments.expert)
            low, high = wilson_interval(good, count)
            name = f"{checkpoint.parents[2].name}/{checkpoint.stem}"
            row = (f"{good} / {count}", f"{good / count:.1%}", f"{low:.1%} to {high:.1%}")
            table.add_row(name, split, *row)
    Console().print(table)


if __name__ == "__main__":
    main()
