from pathlib import Path
from typing import Any

import pytest

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.yaml_file import read_yaml


def read(folder: Path, text: str | bytes) -> Any:
    file = folder / "x.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(file)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("-2.5E+3", -2500.0),
        ("on", "on"),
        ("2026-01-01", "2026-01-01"),
        ("12:30", "12:30"),
        ("007", 7),
        ("true", True),
        ("~", None),
        ("", None),
        ("[1, a, 2.]", [1, "a", 2.0]),
        ("base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}", {"x": 1, "y": 3}),
        ("all: &a [1]\nown: *a", [1]),
    ],
)
def test_values_are_what_they_look_like(tmp_path: Path, text: str, value: object) -> None:
    found = read(tmp_path, text)
    found = found["own"] if isinstance(found, dict) else found
    assert found == value
    assert type(found) is type(value)


def bomb() -> str:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", r"x\.yaml:3: .*'a' is repeated"),
        ("1: 2", "a key must be a word"),
        ("a: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("a: [1", "not valid YAML"),
        ("a: 1\n--- \nb: 2", "but found another document"),
        ("&a [*a]", "deep, or within itself"),
        ("[" * 200 + "]" * 200, "nested more than 50 deep"),
        ("[" * 5_000, "not valid YAML"),
        (bomb(), "more than 20,000 values"),
        (b"\xff\xfe\x00", "not valid YAML"),
        (b"a: \x1b[2J", "not valid YAML"),
        ("x" * 200_001, "more than 200,000 bytes"),
    ],
)
def test_what_is_no_plain_yaml_is_one_sentence(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        read(tmp_path, text)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith(str(tmp_path))
