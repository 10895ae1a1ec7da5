import pytest
from pydantic import TypeAdapter, ValidationError

from spawnnet_config.sentences import sentences, suggest


def test_the_nearest_name_is_suggested_or_all_are_told() -> None:
    assert suggest("widht", ["width", "layers"]) == ", did you mean 'width'?"
    assert suggest("x", ["width", "layers"]) == ", known are layers, width."


def test_a_sentence_is_said_once_and_begins_with_its_place() -> None:
    adapter = TypeAdapter(dict[str, tuple[int, ...]])
    settings = {"sizes": [1, "two", 3.5]}
    with pytest.raises(ValidationError) as error:
        adapter.validate_json('{"sizes": [1, "two", 3.5]}', strict=True)
    assert sentences(error.value, settings, adapter.json_schema()) == [
        "sizes[1]: expected a whole number, got 'two'.",
        "sizes[2]: expected a whole number, got 3.5.",
    ]
