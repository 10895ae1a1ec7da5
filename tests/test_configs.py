"""Every configuration that comes with the project can be run, and says what it claims to say."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from spawnnet_jobs.studies.plan import cells_of, read_plans
from spawnnet_policies import list_policies
from spawnnet_train.runs.loading import dump_yaml, load_config
from spawnnet_train.runs.program import Trainer

CONFIGS = Path(__file__).parent.parent / "configs"
HEADS = sorted(CONFIGS.glob("heads/*.yaml"))
STUDY = CONFIGS / "study"
RUNS = [
    file
    for file in sorted(CONFIGS.rglob("*.yaml"))
    if "axes" not in yaml.safe_load(file.read_text())
]


def settings(file: Path) -> dict[str, Any]:
    """Return every setting of a configuration, with the defaults that it leaves out."""
    resolved: dict[str, Any] = yaml.safe_load(dump_yaml(load_config(file)))
    return resolved


@pytest.mark.parametrize("file", RUNS, ids=lambda file: file.stem)
def test_the_configuration_passes_every_check(file: Path) -> None:
    assert settings(file)["experiment"]


def test_every_head_has_a_configuration() -> None:
    assert {settings(file)["policy"]["name"] for file in HEADS} == set(list_policies())


@pytest.mark.parametrize("file", HEADS, ids=lambda file: file.stem)
def test_heads_differ_from_the_mlp_in_the_head_alone(file: Path) -> None:
    head, mlp = settings(file), settings(CONFIGS / "memorize_drawer.yaml")
    for own in ("experiment", "policy", "student"):
        del head[own], mlp[own]
    del head["train"]["ema_decay"], mlp["train"]["ema_decay"]
    assert head == mlp


def test_every_cell_of_the_study_can_be_run() -> None:
    plans = read_plans(Trainer(), STUDY)
    sizes = {name: len(cells_of(Trainer(), STUDY, plan)) for name, plan in plans.items()}
    assert sizes.pop("1_methods") == 3 * 2 * 7
    assert all(size > 1 for size in sizes.values())
