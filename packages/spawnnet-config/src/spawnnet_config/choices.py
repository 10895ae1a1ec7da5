"""Configuration sections that choose one of several registered things by its `name`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol, Union, final

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema


class Named(Protocol):
    """A section that says what it configures; the other fields are that thing's own."""

    @property
    def name(self) -> str:
        """A registered name."""


@final
class OneOf:
    """Annotation of a `Named` field: `{name: spawnnet, width: 64}` becomes that thing's config.

    The library packages know nothing of names in their configs. So each of the registered config
    dataclasses gets a subclass with a constant `name`, and pydantic picks by it.
    """

    def __init__(self, names: Callable[[], tuple[str, ...]], config: Callable[[str], type]) -> None:
        self._names = names
        self._config = config

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        variants = tuple(_with_name(name, self._config(name)) for name in self._names())
        if len(variants) == 1:
            return handler.generate_schema(variants[0])
        return handler.generate_schema(
            Annotated[Union[variants], Field(discriminator="name")]  # noqa: UP007
        )


def options(section: Named) -> dict[str, Any]:
    """Return the fields of a section but its name, as keyword arguments of its factory."""
    fields = dataclasses.fields(section)  # type: ignore[arg-type]
    return {f.name: getattr(section, f.name) for f in fields if f.name != "name"}


def _with_name(name: str, config: type) -> type:
    if any(field.name == "name" for field in dataclasses.fields(config)):
        return config  # says its name itself
    return dataclasses.make_dataclass(
        config.__name__,
        [("name", Literal[name])],
        bases=(config,),
        namespace={"__doc__": config.__doc__, "__module__": config.__module__},
        frozen=True,
        kw_only=True,
    )
