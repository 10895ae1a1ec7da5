import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from spawnnet_config.structure import Structure
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.overrides import apply_overrides
from spawnnet_train.config.structure import SCHEMA, check_file, shipped_schema, versions
from spawnnet_train.runs.loading import validate

CLONING: dict[str, Any] = {
    "experiment": "x",
    "algorithm": {
        "name": "bc",
        "demonstrations": {
            "train": {"path": "a"},
            "keys": {"views": {"eye": {"rgb": "b"}}, "actions": ["c"]},
        },
    },
    "simulation": {},
    "encoder": {"name": "spawnnet"},
    "policy": {"name": "mlp"},
}
KEYS = "algorithm.demonstrations.keys"


@pytest.fixture(scope="module")
def structure() -> Structure:
    return Structure(json.loads(SCHEMA.read_text("utf-8")))


def answer(check: Callable[[dict[str, Any]], object], settings: dict[str, Any]) -> set[str]:
    try:
        check(settings)
    except ConfigError as error:
        return set(error.problems)
    return set()


@pytest.mark.parametrize(
    "override",
    [
        "seed=1",
        "sed=1",
        "seed=-1",
        "seed=yes",
        "threads=1.5",
        "threads=null",
        "wandb=maybe",
        "encoder={}",
        "encoder={name: spawnet}",
        "encoder.widht=3",
        "encoder.backbone.layers=[1, a]",
        "encoder.channels=rgbdd",
        "encoder={name: impala, depth: perhaps}",
        "simulation=3",
        "simulation.engine={name: mojuco}",
        "simulation.cameras.image_size=[3]",
        "simulation.cabinets.cuont=1",
        "train.optimizer.lr=0",
        "train.optimizer.lr=fast",
        "train.early_stop={patience: 0}",
        "evaluation.splits=[]",
        f"{KEYS}.views.eye.rbg=x",
        f"{KEYS}.views.eye.unit=[]",
        f"{KEYS}.actions=c",
        "algorithm={name: bc}",
        "sweep={seed: 1}",
        "experiment='a b'",
        "device=gpu",
        "train.batch_size=1000000",
    ],
)
def test_structure_is_answered_as_by_the_classes(structure: Structure, override: str) -> None:
    settings = apply_overrides(CLONING, [override])
    assert answer(structure.check, settings) == answer(validate, settings)


def test_a_file_is_checked_with_its_overrides(
    tmp_path: Path, write_config: Callable[[Path, Mapping[str, Any]], Path]
) -> None:
    file = write_config(tmp_path / "run.yaml", {k: v for k, v in CLONING.items() if k[0] != "x"})
    check_file(file)
    with pytest.raises(ConfigError, match="sed: unknown key, did you mean 'seed'"):
        check_file(file, ["sed=1"])


def test_what_plug_ins_may_add_is_left_to_them(
    tmp_path: Path, write_config: Callable[[Path, Mapping[str, Any]], Path]
) -> None:
    settings = {**CLONING, "imports": ["mine"], "encoder": {"name": "mine"}}
    check_file(write_config(tmp_path / "run.yaml", settings))
    assert shipped_schema(settings) is None


def test_the_schema_of_other_versions_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shipped_schema({}) is not None
    monkeypatch.setattr("spawnnet_train.config.structure.versions", lambda: f"{versions()}.1")
    assert shipped_schema({}) is None
