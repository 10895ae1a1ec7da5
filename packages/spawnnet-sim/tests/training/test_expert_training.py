import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from spawnnet_sim import (
    CabinetsConfig,
    EnvironmentConfig,
    ExpertConfig,
    create_environment,
    create_expert,
    environment_config,
)
from spawnnet_sim.experts.learned_expert import FILE_NAME
from spawnnet_sim.training.expert_training import CURVE_NAME, STATE_NAME, train_expert
from spawnnet_sim.training.learning_curve import read_curve
from spawnnet_sim.training.ppo_config import PpoConfig

ENVIRONMENT = EnvironmentConfig(cabinets=CabinetsConfig(count=2), num_envs=4, episode_steps=5)
PPO = PpoConfig(steps=3 * 20, batches=2, layers=(7, 6))


@pytest.fixture(autouse=True)
def same_threads() -> None:
    torch.set_num_threads(1)


def train(folder: Path, **changes: object) -> Path:
    settings = {**vars(PPO), **changes}
    train_expert(ENVIRONMENT, folder, ppo=PpoConfig(**settings))
    return folder


def test_a_training_leaves_an_expert_its_curve_and_a_picture(tmp_path: Path) -> None:
    train(tmp_path)
    expert = create_expert(EnvironmentConfig(expert=ExpertConfig("learned", str(tmp_path))))
    environment = create_environment(ENVIRONMENT)
    environment.reset(seed=1)
    action = expert.act(environment.privileged_state())
    environment.close()
    assert action.shape == (4, 11)
    assert action.dtype == np.float32
    assert [point.steps for point in read_curve(tmp_path / CURVE_NAME)] == [20, 40, 60]
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_an_interrupted_training_goes_on_and_ends_alike(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole")
    iterations = 0

    def interrupt(_: object) -> None:
        nonlocal iterations
        iterations += 1
        if iterations == 2:
            raise KeyboardInterrupt

    parts = tmp_path / "parts"
    with pytest.raises(KeyboardInterrupt):
        train_expert(ENVIRONMENT, parts, ppo=PPO, watch=interrupt)
    assert create_expert(EnvironmentConfig(expert=ExpertConfig("learned", str(parts / FILE_NAME))))
    train(parts)
    for name in (FILE_NAME, STATE_NAME):
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name
    curves = [read_curve(folder / CURVE_NAME) for folder in (whole, parts)]
    assert [p.mean_return for p in curves[0]] == [p.mean_return for p in curves[1]]


def test_a_training_can_be_made_longer(tmp_path: Path) -> None:
    train(tmp_path, steps=20)
    train(tmp_path, steps=40)
    assert [point.steps for point in read_curve(tmp_path / CURVE_NAME)] == [20, 40]


def test_other_settings_are_refused(tmp_path: Path) -> None:
    train(tmp_path, steps=20)
    with pytest.raises(ValueError, match=r"holds a training with `gamma` 0\.97, not 0\.5"):
        train(tmp_path, gamma=0.5)


def test_a_damaged_state_is_named(tmp_path: Path) -> None:
    (tmp_path / STATE_NAME).write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"training\.safetensors: is not the state of a training"):
        train(tmp_path)


def test_batches_must_divide_an_iteration(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="batches: must be a divisor of the 20 steps per iteration, got 3"
    ):
        train(tmp_path, batches=3)


def test_the_curve_rises(tmp_path: Path) -> None:
    ppo = PpoConfig(steps=16 * 8 * 64, learning_rate=5e-4)  # seeds 0 to 2 give ratios above 1.7
    environment = EnvironmentConfig(cabinets=CabinetsConfig(count=1), num_envs=8)
    train_expert(environment, tmp_path, ppo=ppo)
    returns = [point.mean_return for point in read_curve(tmp_path / CURVE_NAME)]
    assert np.mean(returns[-3:]) > 1.3 * np.mean(returns[:3])


def test_ctrl_c_leaves_a_usable_expert(tmp_path: Path) -> None:
    command = ["train-expert", "--out", str(tmp_path), "--num-envs", "4", "--num-cabinets", "1"]
    script = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    script += f"from spawnnet_sim.cli import app; app({command})"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=-1)
    wait_until(lambda: (tmp_path / FILE_NAME).exists(), process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert b"run the same command again to go on" in errors
    learned = ExpertConfig("learned", str(tmp_path))
    assert create_expert(environment_config("open_drawer", expert=learned))


def wait_until(holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not holds():
        assert process.poll() is None
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
