from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from toy_trainer import ToyTrainer

from spawnnet_config import ConfigError
from spawnnet_jobs.sweeps.planned import Sweep

Write = Callable[[Path, Mapping[str, Any]], Path]


@pytest.mark.parametrize(
    ("grid", "names"),
    [
        (["seed=1,2,1"], "seed=1 and seed=1"),
        (["lr=0.5,0.50", "seed=7,8"], "train.lr=0.5 seed=7 and train.lr=0.5 seed=7"),
        (
            ["train={lr: 1},{lr: 2}", "lr=3,4"],
            'train={"lr": 1} train.lr=3 and train={"lr": 2} train.lr=3',
        ),
    ],
)
def test_one_run_is_not_named_twice(
    program: ToyTrainer, tmp_path: Path, write_config: Write, grid: list[str], names: str
) -> None:
    file = write_config(tmp_path / "toy.yaml", {"output": str(tmp_path / "runs")})
    with pytest.raises(ConfigError) as error:
        Sweep.planned(program, file, grid)
    assert str(error.value) == f"sweep: {names} are the same run; name every value once."
