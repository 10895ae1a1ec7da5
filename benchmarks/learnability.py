"""How easily an expert is imitated: success of a small network on true states.

    python benchmarks/learnability.py [--tasks open_drawer open_door] [--updates 500] [--beliefs]

The network sees the fingertips and, in place of images, where the handle is (with an error of 1 cm)
and how it is to be gripped. It learns from a fixed number of samples of disturbed episodes of new
cabinets, by a fixed number of updates, and then acts alone in others. What is left to learn is the
expert's law: how steeply and how brokenly its labels depend on what can be seen.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from spawnnet_sim import (
    DisturbanceConfig,
    DisturbedExpert,
    EnvironmentConfig,
    ExpertConfig,
    RobotConfig,
    State,
    create_environment,
    create_expert,
    environment_config,
)
from spawnnet_sim.factory import blind
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.robots.proprioception import tip_proprioception
from spawnnet_sim.tasks.progress import handle_offset

Float32 = NDArray[np.float32]

NUM_ENVS, EPISODES = 64, 48  # cabinets to learn from; episodes to measure
EVERY = 2  # steps per sample
BATCH, LEARNING_RATE = 64, 1e-3
OFFSET_ERROR = 0.01  # m
DISTURBANCE = DisturbanceConfig(action_noise=0.25)
BELIEFS = replace(DISTURBANCE, belief_std=0.04, wrong_axis_probability=0.15)


def inputs(state: State, rng: np.random.Generator) -> Float32:
    """Return what the network sees, `(N, 27)`."""
    offset = handle_offset(PANDA, state)
    offset = offset + OFFSET_ERROR * rng.standard_normal(offset.shape)
    width = state.handle_width[:, None]
    parts = [tip_proprioception(PANDA, state), offset, state.grip_axis, state.front_axis, width]
    return np.concatenate(parts, axis=1).astype(np.float32)


def collect(
    config: EnvironmentConfig, samples: int, disturbance: DisturbanceConfig
) -> tuple[Float32, Float32]:
    """Return inputs `(n, 27)` and labels `(n, A)` of disturbed episodes."""
    rng, seen, labels = np.random.default_rng(0), [], []
    expert = DisturbedExpert(create_expert(config), disturbance, NUM_ENVS)
    with closing(create_environment(config)) as envs:
        for seed in range(-(-samples * EVERY // (NUM_ENVS * envs.episode_steps))):
            envs.reset(seed=seed)
            expert.reset(seed)
            for step in range(envs.episode_steps):
                state = envs.privileged_state()
                if step % EVERY == 0:
                    seen.append(inputs(state, rng))
                    labels.append(expert.label(state))
                envs.step(expert.act(state))
    return np.concatenate(seen)[:samples], np.concatenate(labels)[:samples]


def train(seen: Float32, labels: Float32, updates: int) -> nn.Module:
    """Return a network fitted to the labels by mean squared error."""
    torch.manual_seed(0)
    mean, std = seen.mean(axis=0), np.maximum(seen.std(axis=0), 1e-2)
    network = nn.Sequential(
        _Standardize(torch.from_numpy(mean), torch.from_numpy(std)),
        nn.Linear(seen.shape[1], 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(),
        nn.Linear(128, labels.shape[1]),
    )  # fmt: skip
    optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates)
    rng = np.random.default_rng(0)
    for _ in range(updates):
        rows = rng.choice(len(seen), BATCH, replace=False)
        error = network(torch.from_numpy(seen[rows])) - torch.from_numpy(labels[rows])
        optimizer.zero_grad()
        error.square().mean().backward()
        optimizer.step()
        schedule.step()
    return network


class _Standardize(nn.Module):
    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


def measure(config: EnvironmentConfig, network: nn.Module) -> int:
    """Return in how many of `EPISODES` cabinets the network succeeds alone."""
    rng = np.random.default_rng(1)
    with closing(create_environment(config)) as envs:
        envs.reset(seed=77)
        for _ in range(envs.episode_steps):
            with torch.no_grad():
                actions = network(torch.from_numpy(inputs(envs.privileged_state(), rng)))
            *_, info = envs.step(np.clip(actions.numpy(), -1.0, 1.0))
    return int(info["success"].sum())


def learnability(
    task: str, control: str, expert: str, samples: int, updates: int, beliefs: bool
) -> tuple[int, int]:
    """Return successes in new cabinets of the training family and in held-out ones."""
    robot, choice = RobotConfig(control=control), ExpertConfig(expert)
    training, new, held_out = (
        blind(environment_config(task, split=split, robot=robot, expert=choice))
        for split in ("training", "new", "held_out")
    )
    disturbance = BELIEFS if beliefs else DISTURBANCE
    seen, labels = collect(_with_cabinets(training, NUM_ENVS), samples, disturbance)
    network = train(seen, labels, updates)
    successes = [measure(_with_cabinets(config, EPISODES), network) for config in (new, held_out)]
    return successes[0], successes[1]


def _with_cabinets(config: EnvironmentConfig, count: int) -> EnvironmentConfig:
    return replace(config, cabinets=replace(config.cabinets, count=count))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", nargs="+", default=["open_drawer", "open_door"])
    parser.add_argument("--samples", type=int, default=8192)
    parser.add_argument("--updates", type=int, default=500)
    parser.add_argument("--beliefs", action="store_true", help="errors of belief in the data, too")
    arguments = parser.parse_args()
    table = Table("task", "control", "expert", f"new, of {EPISODES}", f"held out, of {EPISODES}")
    for task in arguments.tasks:
        for control in ("tip", "joints"):
            for expert in ("smooth", "scripted"):
                new, held_out = learnability(
                    task,
                    control,
                    expert,
                    arguments.samples,
                    arguments.updates,
                    arguments.beliefs,
                )
                table.add_row(task, control, expert, str(new), str(held_out))
    Console().print(table)


if __name__ == "__main__":
    main()
