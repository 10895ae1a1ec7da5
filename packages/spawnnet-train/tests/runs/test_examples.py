from pathlib import Path

import pytest
import yaml

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.files import read_settings
from spawnnet_train.runs.examples import FOLDER, copy_example, example_text, list_examples

NAMES = [name for name, _ in list_examples()]


def test_every_configuration_is_listed_with_a_sentence() -> None:
    examples = dict(list_examples())
    assert {"quickstart", "heads/act", "paper/drawer/spawnnet_dino"} <= examples.keys()
    assert all(examples.values()), examples


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_needs_no_other_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(example_text(name))
    assert read_settings(file) == read_settings(FOLDER / f"{name}.yaml")
    assert "extends" not in yaml.safe_load(file.read_text())


def test_a_copy_has_the_files_that_it_extends(tmp_path: Path) -> None:
    name = "paper/drawer/rgb_only"
    files = copy_example(name, tmp_path)
    assert [str(file.relative_to(tmp_path)) for file in files] == [
        "paper/drawer/rgb_only.yaml",
        "paper/base_drawer.yaml",
    ]
    assert read_settings(files[0]) == read_settings(FOLDER / f"{name}.yaml")
    assert copy_example(name, tmp_path) == files  # nothing changed, so nothing is lost
    files[1].write_text("seed: 3")
    with pytest.raises(ConfigError, match=r"base_drawer\.yaml: is there already and differs"):
        copy_example(name, tmp_path)


def test_a_plan_is_copied_with_what_it_is_based_on(tmp_path: Path) -> None:
    copies = copy_example("study/1_methods", tmp_path)
    assert [file.name for file in copies] == ["1_methods.yaml", "recipe.yaml"]


def test_another_name_is_an_error_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="there is no such example, did you mean 'quickstart'"):
        example_text("quickstrat")
