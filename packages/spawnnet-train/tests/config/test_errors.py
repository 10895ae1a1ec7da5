from types import ModuleType

import pytest

import spawnnet_data
import spawnnet_encoders
import spawnnet_policies
import spawnnet_sim
from spawnnet_train.config.errors import ConfigError, SettingError, building, sentence


def build(error: Exception) -> None:
    with building("encoder"):
        raise error


def test_every_problem_is_a_line_of_the_message() -> None:
    error = ConfigError(["a: no.", "b: neither."])
    assert error.problems == ("a: no.", "b: neither.")
    assert str(error) == "a: no.\nb: neither."


@pytest.mark.parametrize(
    ("section", "field", "expected"),
    [
        ("encoder", "backbone.layers[2]", "encoder.backbone.layers[2]: no."),
        ("encoder", "", "encoder: no."),
        ("", "seed", "seed: no."),
        ("", "", "no."),
    ],
)
def test_a_sentence_begins_with_the_path_from_the_root(
    section: str, field: str, expected: str
) -> None:
    assert sentence(section, SettingError(field, "no.")) == expected


@pytest.mark.parametrize(
    "library", [spawnnet_data, spawnnet_encoders, spawnnet_policies, spawnnet_sim]
)
def test_what_a_library_says_of_its_settings_is_one_sentence(library: ModuleType) -> None:
    with pytest.raises(ConfigError) as error:
        build(library.ConfigurationError("width", "must be at least 1, got 0."))
    assert error.value.problems == ("encoder.width: must be at least 1, got 0.",)
    assert type(error.value.__cause__) is library.ConfigurationError


def test_the_trainers_own_errors_of_settings_are_sentences_too() -> None:
    with pytest.raises(ConfigError, match=r"^encoder\.width: no\.$"):
        build(SettingError("width", "no."))


@pytest.mark.parametrize("kind", [ValueError, RuntimeError, OSError, TypeError, ImportError])
def test_a_bug_stays_what_it_is(kind: type[Exception]) -> None:
    with pytest.raises(kind, match="width: a bug") as error:
        build(kind("width: a bug"))
    assert type(error.value) is kind
