from pathlib import Path

import pytest

from spawnnet_sim import ConfigurationError
from spawnnet_sim.experts.original.requirements import (
    SETTINGS,
    contact_file,
    require_files,
    require_settings,
    require_task,
)

TASKS = ("open_door", "open_drawer")


def test_the_contact_network_lies_beside_the_policy() -> None:
    assert contact_file(Path("a/model_16400.pt")) == Path("a/CP_16400.pt")


def test_the_file_that_is_missing_is_named(tmp_path: Path) -> None:
    model = tmp_path / "model_16400.pt"
    with pytest.raises(ConfigurationError, match=r"^expert.checkpoint: .*/model_16400.pt'\.$"):
        require_files(model)
    model.touch()
    with pytest.raises(ConfigurationError, match=r"/CP_16400.pt', which belongs beside 'model_16"):
        require_files(model)
    contact_file(model).touch()
    require_files(model)


def test_a_file_of_another_name_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"such as `model_16400.pt`, got .*final.pt"):
        require_task(Path("open_door/final.pt"), "open_door", TASKS)


@pytest.mark.parametrize(
    "file", ["open_door/model_7.pt", "open_door/model_15400.pt", "elsewhere/model_16400.pt"]
)
def test_an_expert_of_another_task_is_refused(file: str) -> None:
    require_task(Path(file), "open_door", TASKS)
    with pytest.raises(ConfigurationError, match=r"^expert.checkpoint: .*an expert of 'open_door'"):
        require_task(Path(file), "open_drawer", TASKS)


def test_an_expert_that_does_not_say_its_task_is_for_any() -> None:
    for task in TASKS:
        require_task(Path("mine/model_7.pt"), task, TASKS)


@pytest.mark.parametrize(
    ("path", "value"),
    [("scene", "reach"), ("robot.control", "tip"), ("control_frequency", 20)],
)
def test_settings_that_it_was_not_trained_with_are_refused(path: str, value: object) -> None:
    require_settings(SETTINGS)
    with pytest.raises(ConfigurationError, match=rf"^{path}: must be .* got {value!r}\.$"):
        require_settings({**SETTINGS, path: value})
