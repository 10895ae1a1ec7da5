"""The structure of a configuration file, checked before anything heavy is imported.

`schema.json` beside this module is the JSON Schema of the built-in choices, as `spawnnet-train
schema` prints it. What passes here is validated once more, by the dataclasses themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, final

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.files import read_settings
from spawnnet_train.config.numbers import number_problems
from spawnnet_train.config.overrides import apply_overrides
from spawnnet_train.config.plugins import has_plugins
from spawnnet_train.config.schema_nodes import present, target
from spawnnet_train.config.sentences import sentences

SCHEMA = Path(__file__).with_name("schema.json")
_PACKAGES = (
    "spawnnet-data",
    "spawnnet-encoders",
    "spawnnet-policies",
    "spawnnet-sim",
    "spawnnet-train",
)
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


def check_file(path: Path, overrides: Sequence[str] = ()) -> None:
    """Check keys, names, types and ranges of a configuration file.

    Where plug-ins may add choices, or other versions of the packages are installed than the schema
    is of, it is left to `load_config`.

    Raises:
        ConfigError: With the sentences that `load_config` would say.
    """
    settings = apply_overrides(read_settings(path), overrides)
    document = shipped_schema(settings)
    if document is not None:
        Structure(document).check({"experiment": path.stem, **settings})


def shipped_schema(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the JSON Schema of configurations; None where that of this machine may be another."""
    if has_plugins(settings):
        return None
    document: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    return document if document["$comment"] == versions() else None


def versions() -> str:
    """Return the versions of the packages that configurations are about."""
    return ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"


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
