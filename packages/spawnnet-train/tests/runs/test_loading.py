from pathlib import Path

import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.loading import load_config

BASE = """
experiment: below
seed: 3
encoder: {name: impala, width: 16}
policy: {name: mlp, layers: [8]}
train: {rounds: 2, batch_size: 5}
"""


def write(folder: Path, text: str) -> Path:
    (folder / "below.yaml").write_text(BASE)
    path = folder / "above.yaml"
    path.write_text(text)
    return path


def test_a_file_takes_over_what_it_does_not_set(tmp_path: Path) -> None:
    path = write(tmp_path, "{extends: below.yaml, experiment: above, train: {rounds: 4}}")
    config = load_config(path, ["seed=5"])
    assert (config.experiment, config.seed) == ("above", 5)
    assert config.train == load_config(tmp_path / "below.yaml", ["train.rounds=4"]).train


def test_a_section_of_another_name_replaces_the_one_below(tmp_path: Path) -> None:
    path = write(tmp_path, "{extends: below.yaml, policy: {name: gaussian}}")
    assert load_config(path).policy.name == "gaussian"


def test_a_file_that_extends_itself_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, "extends: above.yaml")
    with pytest.raises(ConfigError, match="extends itself"):
        load_config(path)
