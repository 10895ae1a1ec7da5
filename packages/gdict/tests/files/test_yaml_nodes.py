"""What strangers can write into a YAML file ends in one error, soon and in little memory."""

from pathlib import Path

import pytest

from gdict import GDictError, load_yaml
from gdict.files.yaml_nodes import parsed_yaml

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "its aliases stand for 1[0-9,]+ values"),
        ("a: &a [*a]", "nested more than 100 deep, or within itself"),
        ("a: &a {b: *a}", "nested more than 100 deep, or within itself"),
        ("[" * 200 + "]" * 200, "nested more than 100 deep"),
        ("a: !!int ''", "cannot be read as YAML"),
        ("a: !!bool maybe", "cannot be read as YAML"),
        ("a: !!timestamp never", "cannot be read as YAML"),
        ("a: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
    ],
)
def test_what_is_hostile_is_one_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(GDictError, match=message) as error:
        load_yaml(tmp_path / "a.yaml")
    assert "\n" not in str(error.value)


def test_merge_keys_and_aliases_work() -> None:
    found = parsed_yaml("base: &b {x: 1, y: 2}\nother: {<<: *b, y: 3}\nlist: [*b, *b]")
    assert found["other"] == {"x": 1, "y": 3}
    assert found["list"] == [{"x": 1, "y": 2}] * 2


def test_many_plain_values_are_fine() -> None:
    assert sum(parsed_yaml("[" + "1, " * 20_000 + "1]")) == 20_001
