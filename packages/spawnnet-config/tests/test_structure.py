from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic.dataclasses
import pytest
from pydantic import Field

from spawnnet_config import ConfigError
from spawnnet_config.choices import Named, OneOf
from spawnnet_config.section import STRICT
from spawnnet_config.structure import Structure
from spawnnet_config.validation import Schema


@dataclass(frozen=True)
class Leg:
    length: float = 1.5
    joints: tuple[int, ...] = ()
    ends: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Ant:
    legs: dict[str, Leg] = field(default_factory=dict)


@dataclass(frozen=True)
class Bat:
    wing: Leg | None = None
    sound: bool | Literal["auto"] = "auto"


KINDS: dict[str, type] = {"ant": Ant, "bat": Bat}


@pydantic.dataclasses.dataclass(frozen=True, kw_only=True, config=STRICT)
class Zoo:
    name: Annotated[str, Field(pattern=r"^\w+$", max_length=5)]
    mood: Literal["calm", "loud"] = "calm"
    animals: Annotated[int, Field(ge=1, lt=9)] = 1
    price: Annotated[float, Field(gt=0)] | None = None
    is_open: bool = True
    guide: Path | None = None
    days: Annotated[tuple[str, ...], Field(min_length=1)] = ("monday",)
    animal: Annotated[Named, OneOf(lambda: tuple(KINDS), KINDS.__getitem__)]


SCHEMA = Schema(Zoo)
STRUCTURE = Structure(SCHEMA.document)
RIGHT: dict[str, Any] = {"name": "here", "animal": {"name": "bat"}}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"nmae": "x"},
        {"name": "a b"},
        {"name": 3},
        {"mood": "sad"},
        {"animals": 0},
        {"animals": 9},
        {"animals": 1.0},
        {"animals": 10**9},
        {"price": 0},
        {"price": None},
        {"price": float("nan")},
        {"is_open": 1},
        {"days": []},
        {"days": "monday"},
        {"animal": {}},
        {"animal": {"name": "cat"}},
        {"animal": 3},
        {"animal": {"name": "ant", "legs": {"left": {"lenght": 1}}}},
        {"animal": {"name": "ant", "legs": {"left": {"joints": [1, "a"]}}}},
        {"animal": {"name": "ant", "legs": {"left": {"ends": [1.0]}}}},
        {"animal": {"name": "bat", "wing": {"length": "long"}}},
        {"animal": {"name": "bat", "sound": "maybe"}},
    ],
)
def test_the_sentences_are_those_of_the_classes(changes: dict[str, Any]) -> None:
    def problems(check: Any) -> tuple[str, ...]:
        try:
            check({**RIGHT, **changes})
        except ConfigError as error:
            return error.problems
        return ()

    assert set(problems(STRUCTURE.check)) == set(problems(SCHEMA.validate))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^name: is required\.$"):
        STRUCTURE.check({"animal": {"name": "bat"}})
