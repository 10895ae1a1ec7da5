"""Strict YAML: no guessed types, no repeated keys, no code, an error names its line.

YAML 1.1 as PyYAML reads it turns `on` into true, `1e-4` into a string and `2026-01-01` into a date,
and lets the last of two equal keys win silently. Here only `true` and `false` are booleans, `1e-4`
is a number, and a repeated key is an error. Merge keys (`<<: *base`) work; aliases cannot multiply.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, final

import yaml

from spawnnet_data.common.errors import ConfigurationError, reason

_MOST_BYTES = 200_000
_MOST_NODES = 20_000
_DEEPEST = 50
_SCALARS = {
    "bool": (r"true|false", "tf"),
    "null": (r"null|~|", ["n", "~", ""]),
    "int": (r"[-+]?[0-9]+", "-+0123456789"),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+",
        "-+.0123456789",
    ),
    "merge": (r"<<", "<"),
}


@final
class _StrictLoader(yaml.SafeLoader):
    """A safe loader with the scalars of JSON, which refuses repeated and non-string keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.tag != "tag:yaml.org,2002:str":
                raise _error(key, "a key must be a word")
            if key.value in seen:
                raise _error(key, f"key {key.value!r} is repeated")
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_int(self, node: yaml.ScalarNode) -> int:
        # The inherited one reads a leading zero as octal.
        return int(self.construct_scalar(node))


_StrictLoader.yaml_implicit_resolvers = {}
for _name, (_pattern, _first) in _SCALARS.items():
    _StrictLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(f"(?:{_pattern})$"), list(_first)
    )
_StrictLoader.add_constructor("tag:yaml.org,2002:int", _StrictLoader.construct_int)


def read_yaml(path: Path) -> Any:
    """Return what the YAML document of a file stands for.

    Raises:
        ConfigurationError: If it is no valid YAML, repeats a key, asks for a Python object, is
            nested more than 50 deep, or grows beyond 20,000 values through its aliases; the field
            is empty and the message starts with file and line.
        OSError: If the file cannot be read.
    """
    with path.open("rb") as file:
        text = file.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise ConfigurationError("", f"{path}: has more than {_MOST_BYTES:,} bytes.")
    return parse_yaml(text, str(path))


def yaml_line(value: Any) -> str:
    """Return YAML of one line, which `parse_yaml` reads as the same value."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=1_000_000
    )
    return text.removesuffix("\n").removesuffix("\n...")


def parse_yaml(text: str | bytes, source: str) -> Any:
    """Return what a YAML document stands for.

    Args:
        text: One YAML document.
        source: What it is, for error messages: a file name, or an option.

    Raises:
        ConfigurationError: As `read_yaml`.
    """
    try:
        return _parse(text)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        problem = " ".join(filter(None, [error.context, error.problem]))
        raise ConfigurationError("", f"{source}{line}: not valid YAML, {problem}.") from None
    except Exception as error:  # explicit tags, as `!!bool maybe`, lead PyYAML to any of them
        raise ConfigurationError("", f"{source}: not valid YAML, {reason(error)}.") from None


def _parse(text: str | bytes) -> Any:
    loader = _StrictLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _count(node, {}, 0)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _count(node: yaml.Node, sizes: dict[int, int], depth: int) -> int:
    """Return how many values a node stands for, aliases counted wherever they are used."""
    if depth > _DEEPEST:
        raise _error(node, f"nested more than {_DEEPEST} deep, or within itself")
    if id(node) not in sizes:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        children = [*items, *(child for pair in pairs for child in pair)]
        sizes[id(node)] = 1 + sum(_count(child, sizes, depth + 1) for child in children)
    if sizes[id(node)] > _MOST_NODES:
        raise _error(node, f"more than {_MOST_NODES:,} values, counting aliases")
    return sizes[id(node)]


def _error(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
