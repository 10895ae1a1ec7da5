"""How often the expert succeeds from the states that a half-trained student leaves it in.

    python benchmarks/expert_recovery.py runs/memorize_drawer/*/checkpoints/round_00[12].safetensors

A student acts alone for 8 to 32 control steps, drawn per environment; then the expert has as many
steps as an episode has. Environments in which the student had already succeeded do not count. The
expert may be another one than the run's (`--expert PATH`, see `spawnnet-sim train-expert`).
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

from spawnnet_record.success_rate import success_rate
from spawnnet_sim import CabinetEnv, CamerasConfig, ExpertConfig
from spawnnet_train.rollouts.environment import Expert
from spawnnet_train.rollouts.simulation import open_environment, open_expert
from spawnnet_train.runs.saved_run import open_saved_run
from spawnnet_train.student.actor import StudentActor

STUDENT_STEPS = (8, 32)  # shortest and longest, both inclusive
SPLITS = ("train", "held_out")


def act_alone(environment: CabinetEnv, actor: StudentActor, *, seed: int) -> NDArray[np.float32]:
    """Return the student's actions in the first steps of an episode, `(steps, N, A)`."""
    observation, _ = environment.reset(seed=seed)
    actor.reset(seed)
    actions = []
    for _ in range(environment.episode_steps):
        actor.observe(observation)
        actions.append(actor.act())
        observation, *_ = environment.step(actions[-1])
    return np.stack(actions)


def take_over(
    environment: CabinetEnv, expert: Expert, actions: NDArray[np.float32], *, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Repeat the student's steps and go on with the expert.

    Args:
        environment: The same environments, without cameras: equal actions lead to equal states.
        expert: Acts from a step on that is drawn for each environment.
        actions: The student's, `(steps, N, A)`.
        seed: Begins the same episode again.

    Returns:
        Who succeeded, and who counts because it had not yet before, `(N,)`.
    """
    N = environment.num_envs
    takeover = np.random.default_rng(seed).integers(*STUDENT_STEPS, endpoint=True, size=N)
    given = environment.episode_steps - STUDENT_STEPS[1]
    environment.reset(seed=seed)
    before, success = np.zeros(N, bool), np.zeros(N, bool)
    for step in range(environment.episode_steps):
        executed = expert.act(environment.privileged_state())
        if step < len(actions):
            executed = np.where((step < takeover)[:, None], actions[step], executed)
        info = environment.step(executed)[4]
        before = np.where(step < takeover, info["success"], before)
        success = np.where(step < takeover + given, info["success"], success)
    return success & ~before, ~before


def measure(checkpoint: Path, split: str, episodes: int, expert: str | None) -> tuple[int, int]:
    """Return successes and episodes of the expert after the student of `checkpoint`."""
    run = open_saved_run(checkpoint.parents[1], checkpoint.stem)
    assert run.config.simulation is not None
    simulation = run.config.simulation.splits()[split]
    chosen = simulation.expert if expert is None else ExpertConfig("learned", checkpoint=expert)
    seen = replace(simulation, episode_steps=STUDENT_STEPS[1], expert=chosen)
    longer = STUDENT_STEPS[1] + simulation.episode_steps
    unseen = replace(seen, cameras=CamerasConfig(views=()), episode_steps=longer)
    outcomes = []
    with closing(open_environment(seen)) as drawn, closing(open_environment(unseen)) as undrawn:
        actor = StudentActor(run.student, run.config.student, drawn.num_envs)
        labels = open_expert(seen)
        for seed in range(9000, 9000 + -(-episodes // drawn.num_envs)):
            actions = act_alone(drawn, actor, seed=seed)
            outcomes.append(take_over(undrawn, labels, actions, seed=seed))
    succeeded, counted = (np.concatenate(each) for each in zip(*outcomes, strict=True))
    return int(succeeded.sum()), int(counted.sum())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", nargs="+", type=Path, help="safetensors files of runs")
    parser.add_argument("--episodes", type=int, default=48, help="per checkpoint and split")
    parser.add_argument("--expert", help="a learned expert instead of the run's")
    arguments = parser.parse_args()
    table = Table("checkpoint", "cabinets", "expert succeeded", "rate", "95 % interval")
    for checkpoint in arguments.checkpoints:
        for split in SPLITS:
            found = measure(checkpoint, split, arguments.episodes, arguments.expert)
            rate = success_rate(*found)
            name = f"{checkpoint.parents[2].name}/{checkpoint.stem}"
            interval = f"{rate.low:.1%} to {rate.high:.1%}"
            table.add_row(name, split, "{} / {}".format(*found), f"{rate.rate:.1%}", interval)
    Console().print(table)


if __name__ == "__main__":
    main()
