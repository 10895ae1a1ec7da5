"""The reader itself is tested where it is, in `spawnnet_data`."""

from pathlib import Path

import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.yaml_file import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-4", 1e-4), ("010", 10), ("on", "on"), ("true", True), ("[2, ~]", [2, None]), ("", None)],
)
def test_values_are_what_they_look_like(text: str, value: object) -> None:
    found = parse_yaml(text, "here")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("seed: 1\ntrain:\n  rounds: 2\n  rounds: 4\n", "run.yaml:4: "),
        ("a: 1\n3: 2\n", "run.yaml:2: "),
        ("a: !!python/object:os.system x\n", "run.yaml:1: "),
        ("a: \x07\n", "run.yaml: "),
    ],
)
def test_an_error_names_file_and_line_in_one_sentence(text: str, beginning: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_yaml(text, "run.yaml")
    (problem,) = error.value.problems
    assert problem.startswith(beginning)
    assert problem.endswith(".")
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "got nothing."), ("- 1\n", "got a list."), ("word", "got a str.")],
)
def test_a_file_holds_a_mapping(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        read_yaml(file)
    assert str(error.value) == f"{file}: expected a mapping of settings, {problem}"


def test_a_missing_or_binary_file_is_one_sentence(tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing.yaml", tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError) as error:
        read_yaml(missing)
    assert str(error.value) == f"{missing}: cannot be read, No such file or directory."
    with pytest.raises(ConfigError, match=r"binary\.yaml: not valid YAML, "):
        read_yaml(binary)
