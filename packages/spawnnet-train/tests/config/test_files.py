from pathlib import Path

import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.files import read_settings

BELOW = """
seed: 3
policy: {name: mlp, layers: [8]}
train: {batch_size: 5, optimizer: {name: adam, lr: 0.1}}
"""


def above(folder: Path, text: str) -> Path:
    (folder / "below.yaml").write_text(BELOW)
    path = folder / "above.yaml"
    path.write_text(text)
    return path


def test_a_file_takes_over_what_it_does_not_set(tmp_path: Path) -> None:
    file = above(tmp_path, "{extends: below.yaml, seed: 4, train: {optimizer: {lr: 0.2}}}")
    assert read_settings(file) == {
        "seed": 4,
        "policy": {"name": "mlp", "layers": [8]},
        "train": {"batch_size": 5, "optimizer": {"name": "adam", "lr": 0.2}},
    }


def test_a_section_of_another_name_replaces_the_one_below(tmp_path: Path) -> None:
    same = read_settings(above(tmp_path, "{extends: below.yaml, policy: {name: mlp, dropout: 0}}"))
    other = read_settings(above(tmp_path, "{extends: below.yaml, policy: {name: gaussian}}"))
    assert same["policy"] == {"name": "mlp", "layers": [8], "dropout": 0}
    assert other["policy"] == {"name": "gaussian"}


def test_lists_and_null_replace_what_is_below(tmp_path: Path) -> None:
    file = above(tmp_path, "{extends: below.yaml, policy: {layers: [1, 2]}, train: null}")
    settings = read_settings(file)
    assert (settings["policy"]["layers"], settings["train"]) == ([1, 2], None)


def test_the_path_is_relative_to_the_file_and_chains_are_followed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    above(tmp_path, "{extends: below.yaml, seed: 4}")
    top = tmp_path / "deep" / "top.yaml"
    top.write_text("{extends: ../above.yaml, threads: 1}")
    settings = read_settings(top)
    assert (settings["threads"], settings["seed"], settings["train"]["batch_size"]) == (1, 4, 5)


def test_a_file_that_extends_itself_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"above\.yaml: extends itself\."):
        read_settings(above(tmp_path, "extends: above.yaml"))


def test_what_is_extended_is_a_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"above\.yaml: extends: expected a path, got \[1\]\."):
        read_settings(above(tmp_path, "extends: [1]"))
