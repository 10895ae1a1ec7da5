from pathlib import Path

import pytest

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.reading.mapping_file import load_mapping


def mapping_of(folder: Path, text: str) -> KeyMapping:
    file = folder / "keys.yaml"
    file.write_text(text)
    return load_mapping(file)


def test_a_mapping_is_what_the_file_says(tmp_path: Path) -> None:
    text = """
views:
  hand: {rgb: x, depth: y, unit: mm, unknown: [inf]}
  front: {rgb: z, depth: d, unit: 2.5e-4}
actions: [z]
image_size: [8, 9]
"""
    mapping = mapping_of(tmp_path, text)
    assert list(mapping.views) == ["hand", "front"]
    assert mapping.views["hand"] == ViewConfig("x", "y", "mm", ["inf"])
    assert mapping.views["front"].unit == 2.5e-4
    assert mapping.image_size == (8, 9)


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ("views: {a: {rbg: x}}\nactions: [z]\n", "views.a.rgb", "required"),
        ("views: {a: {rgb: x, sise: 1}}\nactions: [z]\n", "views.a.sise", "Unexpected"),
        ("views: {}\nactions: []\n", "actions", "must be a list of at least one key"),
        ("views: {a: {rgb: x, unit: -1}}\nactions: [z]\n", "views.a.unit", "positive"),
        ("views: {a: {rgb: x, unit: parsec}}\nactions: [z]\n", "views.a.unit", ""),
        ("- 1\n", "", "dictionary or an instance"),
        ("", "", "dictionary or an instance"),
    ],
)
def test_an_error_has_the_field_and_the_file(
    tmp_path: Path, text: str, field: str, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        mapping_of(tmp_path, text)
    assert caught.value.field.startswith(field)
    assert str(tmp_path / "keys.yaml") in str(caught.value)
