"""DAgger on a task of somebody's own, whose actions are fewer than the robot has joints."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.metrics import read_metrics
from spawnnet_record.run_directory import RunDirectory
from spawnnet_sim.registration import TASKS
from spawnnet_train.runs.launch import run
from spawnnet_train.runs.loading import load_config
from spawnnet_train.use.robot_policy import load_policy

MODULE = '''
"""A drawer's task in which an action is the velocity of the fingertips and the gripper."""

from dataclasses import dataclass, replace

import numpy as np

from spawnnet_sim import create_expert, register_task
from spawnnet_sim.registration import TASKS

MOVED = [0, 1, 2, 6]
DRAWER = TASKS.lookup("open_drawer")


class PullTask:
    def __init__(self, config):
        self._whole = DRAWER.task(tips(config))
        self.proprioception_names = self._whole.proprioception_names
        self.action_names = tuple(self._whole.action_names[index] for index in MOVED)

    def __getattr__(self, name):
        return getattr(self._whole, name)

    def controls(self, actions, state):
        return self._whole.controls(whole(actions), state)

    def proprioception(self, state, last_actions):
        return self._whole.proprioception(state, whole(last_actions))


@dataclass
class PullExpert:
    expert: object

    def act(self, state):
        return self.expert.act(state)[:, MOVED]


def tips(config):
    return replace(config, task="open_drawer", robot=replace(config.robot, control="tip"))


def whole(actions):
    wide = np.zeros((len(actions), 7), np.float32)
    wide[:, MOVED] = actions
    return wide


def expert(config):
    return PullExpert(create_expert(tips(config)))


experts = dict.fromkeys(("scripted", "smooth"), expert)
register_task("pull_drawer", replace(DRAWER, task=PullTask, experts=experts))
'''
SETTINGS: dict[str, Any] = {
    "imports": ["pulling_a_drawer"],
    "seed": 3,
    "threads": 1,
    "algorithm": {
        "name": "dagger",
        "rounds": 2,
        "warmup_episodes": 2,
        "episodes_per_round": 2,
        "updates_per_round": 3,
    },
    "encoder": {
        "name": "spawnnet",
        "backbone": {"model": "test_vit", "weights": "random", "layers": [1, 3, 5]},
        "width": 8,
    },
    "policy": {"name": "mlp", "layers": [16]},
    "student": {"action_horizon": 3, "execution_horizon": 2},
    "train": {"batch_size": 4},
    "evaluation": {"episodes": 2, "new_episodes": 0, "held_out_episodes": 1},
}


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory,
    write_config: Callable[[Path, Mapping[str, Any]], Path],
    simulation: Callable[..., dict[str, Any]],
) -> Iterator[RunDirectory]:
    folder = tmp_path_factory.mktemp("pulling")
    (folder / "pulling_a_drawer.py").write_text(MODULE)
    settings = {**SETTINGS, "simulation": simulation(task="pull_drawer")}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        file = write_config(folder / "own.yaml", {**settings, "output": str(folder / "runs")})
        yield run(load_config(file), Console(RichConsole(file=io.StringIO())))
    # Others test all that is registered.
    del TASKS._entries["pull_drawer"]


def test_the_student_acts_as_wide_as_the_task(trained: RunDirectory) -> None:
    spec = json.loads(trained.spec.read_text())
    assert spec["action_names"] == ["velocity.x", "velocity.y", "velocity.z", "gripper"]
    observation = {
        "rgb": {view: np.full((32, 48, 3), 90, np.uint8) for view in spec["views"]},
        "depth": {view: np.full((32, 48), 0.8, np.float32) for view in spec["depth_views"]},
        "proprioception": np.array(spec["proprioception"]["mean"], np.float32),
    }
    action = load_policy(trained.path).act(observation)
    assert action.shape == (4,)
    assert np.isfinite(action).all()


def test_both_rounds_collected_trained_and_measured(trained: RunDirectory) -> None:
    rows = read_metrics(trained.metrics)
    assert max(row["update"] for row in rows) == 9  # the warm-up and two rounds
    assert all(np.isfinite(row["train/loss"]) for row in rows if "train/loss" in row)
    assert (trained.evaluation / "summary.csv").is_file()
