"""JSON Schema in which settings have the descriptions of the classes that define them."""

from __future__ import annotations

import inspect
import re
from typing import Any, final

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)


@final
class DescribedSchema(GenerateJsonSchema):
    """Looks for descriptions where pydantic does not: in base classes, and under `Attributes:`."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, Any]:
        """Return the JSON Schema of a section."""
        document = super().dataclass_schema(schema)
        settings, described = document.get("properties", {}), set[str]()
        if "const" in settings.get("name", {}):  # made by `OneOf`, so that no class describes it
            settings["name"]["description"] = summary(schema["cls"])
        for config in schema["cls"].__mro__:
            for name, description in _descriptions(config).items():
                if name in settings and name not in described:
                    settings[name]["description"] = description
                    described.add(name)
        return document


def summary(config: type) -> str:
    """Return the first line of what a class says it is."""
    return inspect.cleandoc(config.__doc__ or "").partition("\n")[0]


def _descriptions(config: type) -> dict[str, str]:
    """Return the descriptions of the settings that a class itself defines."""
    listed = inspect.cleandoc(config.__doc__ or "").partition("Attributes:\n")[2]
    fields = getattr(config, "__pydantic_fields__", {})
    return {
        **{name: _plain(text) for name, text in _ATTRIBUTE.findall(listed)},
        **{name: _plain(field.description) for name, field in fields.items() if field.description},
    }


def _plain(text: str) -> str:
    """Return a description on one line, with YAML's words for Python's."""
    words = {"None": "null", "True": "true", "False": "false"}
    return re.sub("|".join(rf"\b{word}\b" for word in words), lambda m: words[m[0]], _line(text))


def _line(text: str) -> str:
    return " ".join(text.split())
