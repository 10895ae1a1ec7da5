"""What a student does, step by step, in the cabinets that it left shut: what to look at first.

`python benchmarks/failures.py RUN [--cabinets 3 17] [--split held_out] [--picture FILE.png]` lets
the student of a run act in some cabinets of a split, by default in the first ones that its
evaluation did not open, and lets the expert label what it meets, without acting. A row is a step:
how far the fingertips are from the handle, how far the fingers are apart, the student's action, and
how far that is from the expert's. An action that differs in one number for many steps says what was
not learned; one that does not differ, while nothing opens, says that the expert would fail as well.
The picture has the images that the student acts on, a row per cabinet and camera.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spawnnet_sim.robots.fingertips import finger_gap, tip_position
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.alignment import turn_to_grasp
from spawnnet_train.rollouts.simulation import SimulationConfig, open_environment, open_expert
from spawnnet_train.runs.saved_run import SavedRun, open_saved_run
from spawnnet_train.student.actor import StudentActor

_MOST = 8  # cabinets at once, if none are named
_ENLARGED = 2  # pixels of the picture per pixel of a camera

Array = NDArray[Any]


@dataclass(frozen=True)
class Watched:
    """One step of N environments, before its action.

    Attributes:
        across: `(N,)` m from the fingertips to the handle, across the front.
        depth: `(N,)` m along it; negative beyond the handle.
        turn: `(N,)` rad by which the hand is turned from a grasp.
        gap: `(N,)` m between the fingers.
        opened: `(N,)` m or rad.
        action: `(N, A)`, the student's.
        label: `(N, A)`, the expert's.
        rgb: `(N, V, 3, H, W)`, what the student sees.
    """

    across: Array
    depth: Array
    turn: Array
    gap: Array
    opened: Array
    action: Array
    label: Array
    rgb: Array


def main() -> None:
    """Print a table per cabinet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--checkpoint", default="final")
    parser.add_argument("--split", default="held_out")
    parser.add_argument("--cabinets", type=int, nargs="+", metavar="NUMBER")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--every", type=int, default=4, help="steps from one row to the next")
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    numbers = options.cabinets or failed(options.run, options.split)
    if not numbers:
        parser.exit(message=f"{options.run} opened every cabinet of {options.split}.\n")
    saved = open_saved_run(options.run, options.checkpoint)
    steps = list(watch(saved, options.split, numbers, options.seed))[:: options.every]
    for env, number in enumerate(numbers):
        print(f"\ncabinet {number} of {options.split}, opened by {steps[-1].opened[env]:.3f}")
        print_table(steps, env, saved.spec.action_names or (), options.every)
    if options.picture is not None:
        Image.fromarray(draw(steps)).save(options.picture)


def failed(run: Path, split: str) -> list[int]:
    """Return the numbers of the first cabinets that the run's evaluation left shut."""
    with (run / "eval" / "episodes.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    shut = (row["cabinet"] for row in rows if row["success"] == "False")
    return sorted({int(name.rsplit("/", 1)[1]) for name in shut})[:_MOST]


def watch(saved: SavedRun, split: str, numbers: Sequence[int], seed: int) -> Iterator[Watched]:
    """Let the student act in the cabinets with these numbers, and the expert watch."""
    assert isinstance(saved.config.simulation, SimulationConfig)
    config = saved.config.simulation.splits()[split]
    randomization = saved.config.evaluation.randomization or config.randomization
    config = replace(config, randomization=randomization, num_envs=len(numbers))
    expert = open_expert(config)
    with closing(open_environment(config)) as environment:
        environment.set_cabinets(numbers)
        actor = StudentActor(saved.student, saved.config.student, len(numbers))
        observation, _ = environment.reset(seed=seed)
        actor.reset(seed)
        for _ in range(environment.episode_steps):
            state: Any = environment.privileged_state()
            actor.observe(observation)
            action = actor.act()
            yield _watched(state, action, expert.act(state), observation["rgb"])
            observation, *_ = environment.step(action)


def _watched(state: Any, action: Array, label: Array, rgb: Array) -> Watched:
    offset = state.handle_position - tip_position(PANDA, state)
    depth = -np.sum(offset * state.front_axis, axis=1)
    across = np.linalg.norm(offset + depth[:, None] * state.front_axis, axis=1)
    turn = np.linalg.norm(turn_to_grasp(PANDA, state), axis=1)
    gap = finger_gap(PANDA, state)
    return Watched(across, depth, turn, gap, state.part_position, action, label, rgb)


def print_table(steps: Sequence[Watched], env: int, names: Sequence[str], every: int) -> None:
    """Print the steps of one environment, and which number differs most from the expert's."""
    print(f"{'':>5} {'across':>7} {'depth':>7} {'turn':>7} {'gap':>7} {'opened':>7}   differs most")
    print(f"{'step':>5} {'cm':>7} {'cm':>7} {'degrees':>7} {'cm':>7} {'':>7}")
    for index, step in enumerate(steps):
        lengths = (100 * step.across[env], 100 * step.depth[env])
        numbers = (*lengths, np.degrees(step.turn[env]), 100 * step.gap[env])
        cells = (f"{number:7.1f}" for number in numbers)
        action, label = step.action[env], step.label[env]
        worst = int(np.abs(action - label).argmax())
        name = names[worst] if names else f"action {worst}"
        differs = f"{name} {action[worst]:+.2f}, expert {label[worst]:+.2f}"
        print(f"{index * every:>5}", *cells, f"{step.opened[env]:7.3f}   {differs}")


def draw(steps: Sequence[Watched]) -> Array:
    """Return the images of the steps side by side, `(N V H, T W, 3)`."""
    rgb = np.stack([step.rgb for step in steps])  # (T, N, V, 3, H, W)
    _, N, V, _, H, _ = rgb.shape
    rows = rgb.transpose(1, 2, 4, 0, 5, 3).reshape(N * V * H, -1, 3)
    return rows.repeat(_ENLARGED, 0).repeat(_ENLARGED, 1)


if __name__ == "__main__":
    main()
