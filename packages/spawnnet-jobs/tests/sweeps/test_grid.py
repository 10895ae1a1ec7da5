from typing import Any

import pytest
from toy_trainer import DEFAULTS, ToyTrainer

from spawnnet_config import ConfigError
from spawnnet_jobs.sweeps.grid import combinations, read_axes


def test_the_last_axis_varies_fastest_and_a_bare_name_is_found(program: ToyTrainer) -> None:
    settings = {**DEFAULTS, "sweep": {"lr": [0.1, 0.2]}}
    assert combinations(read_axes(program, settings, ["seed=0,1"])) == [
        ["train.lr=0.1", "seed=0"],
        ["train.lr=0.1", "seed=1"],
        ["train.lr=0.2", "seed=0"],
        ["train.lr=0.2", "seed=1"],
    ]


def test_the_command_line_replaces_the_axis_of_the_file(program: ToyTrainer) -> None:
    settings = {**DEFAULTS, "sweep": {"train.lr": [0.1, 0.2]}}
    assert read_axes(program, settings, ["lr=3"]) == {"train.lr": [3]}


def test_values_are_yaml(program: ToyTrainer) -> None:
    axes = read_axes(program, DEFAULTS, ["train={lr: 1},{lr: 2}", "fails=true"])
    assert combinations(axes)[1] == ['train={"lr": 2}', "fails=true"]


@pytest.mark.parametrize(
    ("settings", "grid", "problem"),
    [
        ({}, [], "sweep: no grid of settings"),
        ({}, ["seed"], "--set seed: expected path=value,value, such as seed=0,1,2."),
        ({}, ["seed="], "sweep.seed: no value"),
        ({"sweep": {"train.lr": []}}, [], "sweep.train.lr: no value"),
        ({"other": {"lr": 1}}, ["lr=1"], "--set lr=1: could be train.lr or other.lr"),
        ({}, [f"{k}={','.join('0' * 40)}" for k in ("seed", "lr", "updates")], "sweep: at most"),
    ],
)
def test_what_is_no_grid_is_one_sentence(
    program: ToyTrainer, settings: dict[str, Any], grid: list[str], problem: str
) -> None:
    with pytest.raises(ConfigError) as error:
        read_axes(program, {**DEFAULTS, **settings}, grid)
    assert str(error.value).startswith(problem)
