"""One experiment of each method of the paper runs from its file, at a reduced size."""

import io
import math
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.run_record import RunRecord
from spawnnet_train.runs.launch import run
from spawnnet_train.runs.loading import load_config

PAPER = Path(__file__).parent.parent / "configs" / "paper"
SMALL = [
    "threads=1",
    "algorithm.rounds=1",
    "algorithm.warmup_episodes=1",
    "algorithm.episodes_per_round=1",
    "algorithm.updates_per_round=2",
    "simulation.cabinets.count=1",
    "simulation.held_out.count=1",
    "simulation.cameras.image_size=[64, 64]",
    "simulation.episode_steps=3",
    "train.batch_size=2",
    "evaluation.held_out_episodes=1",
]
RANDOM = "encoder.backbone.weights=random"
METHODS = [
    ("drawer/lfs_rgbd", []),
    ("door/lfs_aug", []),
    ("drawer/mvp_mlp", [RANDOM]),
    ("door/r3m_mlp", [RANDOM]),
    ("drawer/vit_mlp", [RANDOM]),
    ("door/spawnnet_dino", [RANDOM]),
    ("door/pretrained_only", [RANDOM]),
]


@pytest.mark.filterwarnings("default")  # of third parties; each package's tests are strict
@pytest.mark.parametrize(("name", "changes"), METHODS)
def test_a_method_of_the_paper_runs(name: str, changes: list[str], tmp_path: Path) -> None:
    config = load_config(PAPER / f"{name}.yaml", [*SMALL, *changes, f"output={tmp_path}"])
    directory = run(config, Console(RichConsole(file=io.StringIO())))
    record = RunRecord(directory)
    assert record.checkpoints()[-1] == "final"
    assert math.isfinite(record.result()["train/loss"])
    measured = [(row["checkpoint"], row["split"]) for row in record.evaluations()]
    assert measured == [(name, "held_out") for name in ("round_000", "round_001", "final")]
