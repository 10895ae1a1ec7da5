from dataclasses import dataclass, field
from typing import Annotated

import pydantic.dataclasses
import pytest
from pydantic import Field

from spawnnet_config import ConfigError
from spawnnet_config.choices import Named, OneOf
from spawnnet_config.options import Options
from spawnnet_config.section import STRICT
from spawnnet_config.validation import Schema


@dataclass(frozen=True)
class Leg:
    """A leg.

    Attributes:
        length: In metres.
    """

    length: float = 1.5


@dataclass(frozen=True)
class Ant:
    """A small animal.

    Attributes:
        legs: By name.
    """

    legs: dict[str, Leg] = field(default_factory=dict)


@dataclass(frozen=True)
class Bat:
    """An animal that flies."""


@pydantic.dataclasses.dataclass(frozen=True, kw_only=True, config=STRICT)
class Zoo:
    animal: Annotated[Named, OneOf(lambda: ("ant", "bat"), {"ant": Ant, "bat": Bat}.__getitem__)]
    """Who lives there."""
    gate: Leg = Leg()
    """What it stands on."""
    price: Annotated[float, Field(gt=0)] | None = None
    """In euros."""


OPTIONS = Options(Schema(Zoo).document)


def test_sections_come_before_their_options() -> None:
    zoo = {option.path: option[1:] for option in OPTIONS.below(Schema(Zoo).document)}
    assert zoo == {
        "animal": ("one of ant, bat", "required", "Who lives there."),
        "gate": ("section", "", "What it stands on."),
        "gate.length": ("number", "1.5", "In metres."),
        "price": ("number above 0 or null", "null", "In euros."),
    }


def test_what_a_name_chooses_has_options_of_its_own() -> None:
    ant = {option.path: option[1:] for option in OPTIONS.below(OPTIONS.section("ant"))}
    assert ant == {
        "legs": ("mapping of names to section", "", "By name."),
        "legs.NAME.length": ("number", "1.5", "In metres."),
        "name": ("ant", "required", "A small animal."),
    }
    assert OPTIONS.choices().keys() == {"animal"}


def test_sections_go_by_path_too() -> None:
    assert [option.path for option in OPTIONS.below(OPTIONS.section("gate"))] == ["length"]
    with pytest.raises(ConfigError, match="gaet: there is no such option, did you mean 'gate'"):
        OPTIONS.section("gaet")


def test_an_option_is_found_by_the_path_that_one_sets() -> None:
    assert [option.path for option in OPTIONS.find()] == ["animal", "gate", "price"]
    assert OPTIONS.find("price")[0].meaning == "In euros."
    assert OPTIONS.find("animal")[0].type == "one of ant, bat"
    assert [option.path for option in OPTIONS.find("gate.length")] == ["gate.length"]
    assert OPTIONS.find("ant") == list(OPTIONS.below(OPTIONS.section("ant")))


def test_a_path_through_a_choice_finds_it_in_whatever_has_it() -> None:
    assert [option.path for option in OPTIONS.find("animal.name")] == ["ant: name", "bat: name"]
    found = [option.path for option in OPTIONS.find("animal.legs")]
    assert found == ["ant: legs", "ant: legs.NAME.length"]
    with pytest.raises(ConfigError, match="prize: there is no such option, did you mean 'price'"):
        OPTIONS.find("prize")
    with pytest.raises(ConfigError, match=r"animal\.tail: there is no such option"):
        OPTIONS.find("animal.tail")
