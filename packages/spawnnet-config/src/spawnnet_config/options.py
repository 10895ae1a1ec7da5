"""Every option of a configuration file, read from its JSON Schema: path, type, default, meaning."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, final

from spawnnet_config.errors import ConfigError
from spawnnet_config.schema_nodes import Node, present, target
from spawnnet_config.sentences import suggest

_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
    "null": "null",
}
_BOUNDS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
}


class Option(NamedTuple):
    """One setting.

    Attributes:
        path: Dotted, below the section that was asked for.
        type: What it may be, in words.
        default: As YAML; empty for a section, whose settings have their own, and where it is
            required.
        meaning: Its description.
    """

    path: str
    type: str
    default: str
    meaning: str


@final
class Options:
    """The options that a JSON Schema describes.

    Args:
        document: As `spawnnet-train schema` prints it.
    """

    def __init__(self, document: Node) -> None:
        self._root = document

    def choices(self) -> dict[str, dict[str, Node]]:
        """Return for every setting that chooses by name, such as `encoder`, the sections by name.

        The setting is named by its path from the root.
        """
        found: dict[str, dict[str, Node]] = {}
        for path, node in self._walk("", self._root):
            variants = node.get("discriminator", {}).get("mapping", {})
            if variants:
                found[path] = {name: target(self._root, ref) for name, ref in variants.items()}
        return found

    def find(self, name: str = "") -> list[Option]:
        """Return options: of a section, of what a `name` chooses, or the one of that path.

        Args:
            name: A path as in `--set`, such as `train.optimizer`, `seed` or
                `encoder.backbone.layers`, or what can be chosen. Where several that can be chosen
                have such an option, the path of each begins with its name and a colon. Without
                it, what stands at the top of a file is returned.

        Raises:
            ConfigError: If there is nothing of that name.
        """
        if not name:
            return [option for option in self.below(self._root) if "." not in option.path]
        sections = self._sections()
        if name in sections:
            return list(self.below(sections[name]))
        found = [*_at(name, self.below(self._root)), *self._chosen(name)]
        if not found:
            known = [*sections, *(option.path for option in self.below(self._root))]
            raise ConfigError([f"{name}: there is no such option{suggest(name, known)}"])
        return found

    def section(self, name: str) -> Node:
        """Return a section: a dotted path such as `train.optimizer`, or what a `name` chooses.

        Raises:
            ConfigError: If there is none.
        """
        sections = self._sections()
        if name not in sections:
            raise ConfigError([f"{name}: there is no such option{suggest(name, sections)}"])
        return sections[name]

    def below(self, section: Node, path: str = "") -> Iterator[Option]:
        """Yield the options of a section, those of the sections in it after each."""
        required = section.get("required", ())
        for name, node in section.get("properties", {}).items():
            place = f"{path}.{name}" if path else name
            inner, below = self._section_in(node, place)
            default = "required" if name in required else _default(node)
            shown = "" if inner and default not in ("required", "null") else default
            yield Option(place, self._type(node), shown, node.get("description", ""))
            yield from self.below(inner, below)

    def _sections(self) -> dict[str, Node]:
        """Return every section by its path or by the name that chooses it."""
        walked = {path: self._section_in(node, "")[0] for path, node in self._walk("", self._root)}
        sections = {path: node for path, node in walked.items() if path and node}
        # What is the only one to choose from is a section like others.
        named = {_only_name(node): node for node in sections.values() if _only_name(node)}
        for variants in (named, *self.choices().values()):
            sections = {**variants, **sections}
        return sections

    def _chosen(self, path: str) -> Iterator[Option]:
        """Yield the options at a path that leads through a choice, of whatever can be chosen."""
        for start, variants in self.choices().items():
            below = path.removeprefix(f"{start}.")
            if below != path:
                for name, section in variants.items():
                    for option in _at(below, self.below(section)):
                        yield option._replace(path=f"{name}: {option.path}")

    def _walk(self, path: str, node: Node) -> Iterator[tuple[str, Node]]:
        """Yield every setting with its path, in no section that only a `name` chooses."""
        yield path, node
        inner, below = self._section_in(node, path)
        for name, part in (inner or node).get("properties", {}).items():
            yield from self._walk(f"{below}.{name}" if below else name, part)

    def _section_in(self, node: Node, path: str) -> tuple[Node, str]:
        """Return the section that a setting is or maps names to, or {}, and the path of it."""
        parts = present(node)
        named = parts[0].get("additionalProperties")
        if len(parts) == 1 and isinstance(named, dict) and "$ref" in named:
            return target(self._root, named["$ref"]), f"{path}.NAME"
        if len(parts) == 1 and "$ref" in parts[0]:
            return target(self._root, parts[0]["$ref"]), path
        return {}, path

    def _type(self, node: Node) -> str:
        if "$ref" in node:
            return "section"
        if "discriminator" in node:
            return "one of " + ", ".join(node["discriminator"]["mapping"])
        if "anyOf" in node:
            return " or ".join(dict.fromkeys(map(self._type, node["anyOf"])))
        if "const" in node or "enum" in node:
            return ", ".join(map(_yaml, node.get("enum", [node.get("const")])))
        if node.get("type") == "array":
            return self._list_type(node)
        if isinstance(node.get("additionalProperties"), dict):
            return f"mapping of names to {self._type(node['additionalProperties'])}"
        bounds = [text.format(node[key]) for key, text in _BOUNDS.items() if key in node]
        return " ".join([_TYPES.get(node.get("type", ""), "anything"), *bounds])

    def _list_type(self, node: Node) -> str:
        if "prefixItems" in node:
            return f"list of {len(node['prefixItems'])}: {self._type(node['prefixItems'][0])}"
        return f"list of {self._type(node.get('items', {}))}"


def _at(path: str, options: Iterable[Option]) -> Iterator[Option]:
    """Yield the option of that path and those below it."""
    for option in options:
        if f"{option.path}.".startswith(f"{path}."):
            yield option


def _only_name(section: Node) -> str:
    name: str = section.get("properties", {}).get("name", {}).get("const", "")
    return name


def _default(node: Node) -> str:
    return _yaml(node["default"]) if "default" in node else ""


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)
