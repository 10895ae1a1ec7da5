from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_config.choices import Named, OneOf
from spawnnet_config.errors import ConfigError, SettingError
from spawnnet_config.section import STRICT
from spawnnet_config.validation import Schema


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Leg:
    length: Annotated[float, Field(gt=0)] = 1.5
    """Metres."""
    joints: tuple[int, ...] = (1, 2)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Ant:
    """A small animal."""

    legs: int = 6

    def __post_init__(self) -> None:
        if self.legs != 6:
            raise SettingError("legs", f"an ant has six, got {self.legs}.")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Bat:
    leg: Leg = Leg()


KINDS: dict[str, type] = {"ant": Ant, "bat": Bat}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Zoo:
    name: str
    mood: Literal["calm", "loud"] = "calm"
    is_open: bool = True
    animal: Annotated[Named, OneOf(lambda: tuple(KINDS), KINDS.__getitem__)]
    other: Leg | None = None


SCHEMA = Schema(Zoo)


def problems(**settings: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        SCHEMA.validate({"name": "here", "animal": {"name": "bat"}, **settings})
    return error.value.problems


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"is_opn": True}, "is_opn: unknown key, did you mean 'is_open'?"),
        ({"other": {"zzz": 1}}, "other.zzz: unknown key, known are joints, length."),
        ({"animal": {"name": "bta"}}, "animal.name: unknown name 'bta', did you mean 'bat'?"),
        ({"animal": {"name": "whale"}}, "animal.name: unknown name 'whale', known are ant, bat."),
        ({"animal": {"leg": {}}}, "animal.name: is required, one of ant, bat."),
        (
            {"animal": {"name": "bat", "leg": {"lenght": 1.0}}},
            "animal.leg.lenght: unknown key, did you mean 'length'?",
        ),
        (
            {"animal": {"name": "bat", "leg": {"joints": [1, "x"]}}},
            "animal.leg.joints[1]: expected a whole number, got 'x'.",
        ),
        ({"animal": {"name": "ant", "legs": 5}}, "animal.legs: an ant has six, got 5."),
        ({"animal": None}, "animal: expected a mapping, got None."),
        ({"mood": "sad"}, "mood: expected 'calm' or 'loud', got 'sad'."),
        ({"is_open": 1}, "is_open: expected true or false, got 1."),
        ({"name": 3}, "name: expected text, got 3."),
        ({"other": {"length": 0}}, "other.length: should be greater than 0, got 0."),
        ({"other": {"length": "1"}}, "other.length: expected a number, got '1'."),
    ],
)
def test_a_problem_is_one_sentence_with_its_path(settings: dict[str, Any], problem: str) -> None:
    assert problems(**settings) == (problem,)


def test_all_problems_are_reported_at_once_and_none_twice() -> None:
    found = problems(name=1, mood="sad", other={"length": 0, "joints": 4})
    assert len(found) == len(set(found)) == 4


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ConfigError) as error:
        SCHEMA.validate({"animal": {"name": "ant"}})
    assert error.value.problems == ("name: is required.",)


def test_yaml_has_every_default_and_reads_back_equal_with_names_first() -> None:
    config = SCHEMA.validate({"animal": {"leg": {"length": 2}, "name": "bat"}, "name": "here"})
    text = SCHEMA.dump_yaml(config)
    parsed = yaml.safe_load(text)
    assert parsed == {
        "name": "here",
        "mood": "calm",
        "is_open": True,
        "animal": {"name": "bat", "leg": {"length": 2.0, "joints": [1, 2]}},
        "other": None,
    }
    assert next(iter(parsed["animal"])) == "name"
    assert SCHEMA.validate(parsed) == config


def test_the_document_describes_choices_and_settings() -> None:
    document = SCHEMA.document
    sections = (
        document["$defs"]["Zoo"]["properties"] if "$ref" in document else document["properties"]
    )
    assert set(sections["animal"]["discriminator"]["mapping"]) == {"ant", "bat"}
    assert document["$defs"]["Leg"]["properties"]["length"]["description"] == "Metres."
    assert document["$defs"]["Leg"]["additionalProperties"] is False
