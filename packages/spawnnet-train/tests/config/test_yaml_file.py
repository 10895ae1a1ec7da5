from pathlib import Path

import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.yaml_file import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("1E5", 1e5),
        ("-2.5e+3", -2500.0),
        (".5", 0.5),
        ("3.", 3.0),
        (".inf", float("inf")),
        ("-7", -7),
        ("010", 10),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_a_scalar_is_the_number_that_it_looks_like(text: str, value: object) -> None:
    found = parse_yaml(text, "here")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["on", "off", "yes", "No", "True", "12:30", "2026-01-01", "1_000"])
def test_a_word_stays_a_word(text: str) -> None:
    assert parse_yaml(text, "here") == text


def test_a_repeated_key_is_refused_with_both_lines(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("seed: 1\ntrain:\n  rounds: 2\n  lr: 3\n  rounds: 4\n")
    with pytest.raises(ConfigError) as error:
        read_yaml(file)
    assert error.value.problems == (f"{file}:5: key 'rounds' is repeated, first on line 3.",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\n3: 2\n", "run:2: a key must be a word, got '3'."),
        ("[1, 2]: 2\n", "run:1: a key must be a word, got a list or mapping."),
        ("a: [1\n", "run:2: not valid YAML, while parsing a flow sequence "),
        ("a: !!python/object:os.system x\n", "run:1: not valid YAML, could not determine a "),
        ("a: \x07\n", "run: not valid YAML, "),
    ],
)
def test_an_error_names_place_and_reason(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_yaml(text, "run")
    (found,) = error.value.problems
    assert found.startswith(problem)
    assert found.endswith(".")


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
    with pytest.raises(ConfigError) as error:
        read_yaml(binary)
    assert str(error.value) == f"{binary}: cannot be read, it is not UTF-8 text."
