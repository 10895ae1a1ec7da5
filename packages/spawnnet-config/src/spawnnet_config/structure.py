"""A validator made of a JSON Schema, for programs that cannot wait for what the schema is of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, final

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from spawnnet_config.errors import ConfigError
from spawnnet_config.numbers import number_problems
from spawnnet_config.schema_nodes import present, target
from spawnnet_config.sentences import sentences

_BOUNDS = {
    "minimum": "ge",
    "exclusiveMinimum": "gt",
    "maximum": "le",
    "exclusiveMaximum": "lt",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "pattern": "pattern",
}


@final
class Structure:
    """A validator made of a JSON Schema.

    Args:
        document: The schema, of the kind that pydantic writes for dataclasses.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._validator = SchemaValidator(self._core(document))

    def check(self, settings: Mapping[str, Any]) -> None:
        """Check parsed YAML.

        Raises:
            ConfigError: With a sentence for each key or value that is wrong.
        """
        if problems := list(number_problems(settings)):
            raise ConfigError(problems)
        try:
            self._validator.validate_json(json.dumps(settings), strict=True)
        except ValidationError as error:
            raise ConfigError(sentences(error, settings, self._document)) from None

    def _core(self, node: dict[str, Any]) -> CoreSchema:
        """Return what pydantic validates by, for a part of the schema."""
        if "$ref" in node:
            return self._core(target(self._document, node["$ref"]))
        if "discriminator" in node:
            variants = node["discriminator"]["mapping"]
            choices = {name: self._core({"$ref": ref}) for name, ref in variants.items()}
            return core_schema.tagged_union_schema(
                choices, discriminator=node["discriminator"]["propertyName"]
            )
        if "anyOf" in node:
            return self._union(node)
        if "enum" in node or "const" in node:
            return core_schema.literal_schema(node.get("enum", [node.get("const")]))
        return self._plain(node)

    def _union(self, node: dict[str, Any]) -> CoreSchema:
        parts = list(map(self._core, present(node)))
        one = parts[0] if len(parts) == 1 else core_schema.union_schema(list(parts))
        return one if len(parts) == len(node["anyOf"]) else core_schema.nullable_schema(one)

    def _plain(self, node: dict[str, Any]) -> CoreSchema:
        bounds: dict[str, Any] = {_BOUNDS[key]: node[key] for key in _BOUNDS if key in node}
        match node.get("type"):
            case "object":
                return self._mapping(node)
            case "array":
                return self._list(node, bounds)
            case "string":
                return core_schema.str_schema(**bounds)
            case "integer":
                return core_schema.int_schema(**bounds)
            case "number":
                return core_schema.float_schema(**bounds)
            case "boolean":
                return core_schema.bool_schema()
        return core_schema.any_schema()

    def _mapping(self, node: dict[str, Any]) -> CoreSchema:
        if "properties" not in node:
            values = node.get("additionalProperties")
            return core_schema.dict_schema(
                core_schema.str_schema(), self._core(values) if isinstance(values, dict) else None
            )
        required = node.get("required", ())
        fields = {
            name: core_schema.typed_dict_field(self._core(part), required=name in required)
            for name, part in node["properties"].items()
        }
        return core_schema.typed_dict_schema(fields, extra_behavior="forbid")

    def _list(self, node: dict[str, Any], bounds: dict[str, Any]) -> CoreSchema:
        if "prefixItems" in node:
            return core_schema.tuple_schema([self._core(item) for item in node["prefixItems"]])
        items = node.get("items")
        return core_schema.list_schema(self._core(items) if items else None, **bounds)
