"""From parsed YAML to a configuration and back, with one sentence per problem."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar, final

import yaml
from pydantic import TypeAdapter, ValidationError

from spawnnet_config.descriptions import DescribedSchema
from spawnnet_config.errors import ConfigError
from spawnnet_config.numbers import number_problems
from spawnnet_config.sentences import sentences

ConfigT = TypeVar("ConfigT")


@final
class Schema(Generic[ConfigT]):
    """What a configuration may hold, by the dataclass that it becomes.

    Args:
        config: A pydantic dataclass.
    """

    def __init__(self, config: type[ConfigT]) -> None:
        self._adapter = TypeAdapter(config)

    @cached_property
    def document(self) -> dict[str, Any]:
        """The JSON Schema."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **self._adapter.json_schema(schema_generator=DescribedSchema),
        }

    def validate(self, settings: Mapping[str, Any]) -> ConfigT:
        """Return the configuration that parsed YAML stands for.

        Types are strict: text is no number, 1 is not true, 3.0 is no whole number.

        Raises:
            ConfigError: If a key is unknown or missing, or a value has the wrong type or is out of
                range; one sentence for each.
        """
        if problems := list(number_problems(settings)):
            raise ConfigError(problems)
        try:
            # Through JSON, whose arrays may become tuples in strict mode, as lists may not.
            return self._adapter.validate_json(json.dumps(settings), strict=True)
        except ValidationError as error:
            raise ConfigError(sentences(error, settings, self.document)) from None

    def dump(self, config: ConfigT) -> dict[str, Any]:
        """Return a configuration as what YAML can say, with every default written out."""
        settings: dict[str, Any] = _names_first(self._adapter.dump_python(config, mode="json"))
        return settings

    def dump_yaml(self, config: ConfigT) -> str:
        """Return a configuration as YAML, with every default written out."""
        return dump_yaml(self.dump(config))


def dump_yaml(settings: Mapping[str, Any]) -> str:
    """Return settings as YAML, in their order."""
    return yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True)


def _names_first(settings: Any) -> Any:
    """Return settings with `name` as the first key of a choice; inheritance puts it last."""
    if not isinstance(settings, dict):
        return settings
    first = {"name": settings["name"]} if "name" in settings else {}
    return {key: _names_first(value) for key, value in {**first, **settings}.items()}
