import dataclasses
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from spawnnet_config.choices import Named, OneOf, options


@dataclasses.dataclass(frozen=True)
class Ant:
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    legs: int = 6

    def __post_init__(self) -> None:
        if self.legs != 6:
            raise ValueError("legs: an ant has six.")


@dataclasses.dataclass(frozen=True)
class Bat:
    wings: int = 2


def adapter(**kinds: type) -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[Named, OneOf(lambda: tuple(kinds), kinds.__getitem__)])


def test_the_name_picks_the_config_and_is_not_one_of_its_options() -> None:
    chosen = adapter(ant=Ant, bat=Bat).validate_python({"name": "bat", "wings": 4})
    assert isinstance(chosen, Bat)
    assert chosen.name == "bat"
    assert options(chosen) == {"wings": 4}


def test_the_checks_of_the_config_still_run() -> None:
    with pytest.raises(ValidationError, match="an ant has six"):
        adapter(ant=Ant, bat=Bat).validate_python({"name": "ant", "legs": 5})


def test_one_registered_thing_is_a_choice_too() -> None:
    assert options(adapter(ant=Ant).validate_python({"name": "ant"})) == {"legs": 6}
    with pytest.raises(ValidationError, match="Input should be 'ant'"):
        adapter(ant=Ant).validate_python({"name": "bat"})


@dataclasses.dataclass(frozen=True)
class Cat:
    name: Literal["cat"] = "cat"
    lives: int = 9


def test_a_config_that_says_its_name_itself_is_taken_as_it_is() -> None:
    chosen = adapter(cat=Cat, bat=Bat).validate_python({"name": "cat", "lives": 7})
    assert type(chosen) is Cat
    assert options(chosen) == {"lives": 7}
