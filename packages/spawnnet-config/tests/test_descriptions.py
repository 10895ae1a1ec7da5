import dataclasses
from typing import Any

import pydantic.dataclasses
from pydantic import TypeAdapter

from spawnnet_config.descriptions import DescribedSchema
from spawnnet_config.section import STRICT


@dataclasses.dataclass(frozen=True)
class Bird:
    """A bird.

    Attributes:
        wings: How many there are,
            the lost ones left out.
        song: What it sings: mornings alone.
    """

    wings: int = 2
    song: str = ""
    age: int = 0


@dataclasses.dataclass(frozen=True)
class Owl(Bird):
    """An owl.

    Attributes:
        song: What it calls at night.
    """


@pydantic.dataclasses.dataclass(frozen=True, config=STRICT)
class Plane:
    wings: int = 2
    """Left and right."""


@dataclasses.dataclass(frozen=True)
class Glider(Plane):
    """Without an engine."""


def descriptions(config: type) -> dict[str, Any]:
    schema = TypeAdapter(config).json_schema(schema_generator=DescribedSchema)
    return {name: setting.get("description") for name, setting in schema["properties"].items()}


def test_lists_of_attributes_describe_settings_in_one_line_each() -> None:
    assert descriptions(Bird) == {
        "wings": "How many there are, the lost ones left out.",
        "song": "What it sings: mornings alone.",
        "age": None,
    }


def test_what_a_section_inherits_is_described_where_it_says_nothing_itself() -> None:
    assert descriptions(Owl)["wings"] == "How many there are, the lost ones left out."
    assert descriptions(Owl)["song"] == "What it calls at night."


def test_docstrings_of_pydantic_are_inherited_too() -> None:
    assert descriptions(Glider) == {"wings": "Left and right."}
