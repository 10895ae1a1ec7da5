"""Strict YAML: no guessed types, no repeated keys, no code, an error names its line.

YAML 1.1 as PyYAML reads it turns `on` into true, `1e-4` into a string, `12:30` into 750 and
`2026-01-01` into a date, and lets the last of two equal keys win silently. Here only `true` and
`false` are booleans, `1e-4` is a number, and a repeated key is an error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, final

import yaml

from spawnnet_train.config.errors import ConfigError

_SCALARS = {
    "bool": (r"true|false", "tf"),
    "null": (r"null|~|", ["n", "~", ""]),
    "int": (r"[-+]?[0-9]+", "-+0123456789"),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
        r"|[-+]?\.inf|\.nan",
        "-+.0123456789",
    ),
}


class _LineError(ValueError):
    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@final
class _StrictLoader(yaml.SafeLoader):
    """A safe loader with the scalars of JSON, which refuses repeated and non-string keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        first_lines: dict[str, int] = {}
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag != "tag:yaml.org,2002:str":
                raise _LineError(line, f"a key must be a word, got {_source(key_node)}.")
            key = key_node.value
            if key in first_lines:
                raise _LineError(
                    line, f"key {key!r} is repeated, first on line {first_lines[key]}."
                )
            first_lines[key] = line
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


def _source(node: yaml.Node) -> str:
    return repr(node.value) if isinstance(node, yaml.ScalarNode) else "a list or mapping"


def parse_yaml(text: str, source: str) -> Any:
    """Return the value that the YAML document `text` stands for.

    Args:
        text: One YAML document.
        source: What `text` is, for error messages: a file name, or an option.

    Raises:
        ConfigError: If `text` is no YAML, repeats a key, or asks for a Python object; the message
            is `source:line: problem`.
    """
    try:
        return yaml.load(text, _StrictLoader)  # noqa: S506 - derived from SafeLoader
    except _LineError as error:
        raise ConfigError([f"{source}:{error.line}: {error}"]) from None
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        problem = " ".join(filter(None, [error.context, error.problem]))
        raise ConfigError([f"{source}{line}: not valid YAML, {problem}."]) from None
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise ConfigError([f"{source}: not valid YAML, {problem}."]) from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in the YAML file `path`.

    Raises:
        ConfigError: If the file cannot be read, is no YAML, or holds anything but a mapping.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError([f"{path}: cannot be read, {reason}."]) from None
    document = parse_yaml(text, str(path))
    if not isinstance(document, dict):
        kind = "nothing" if document is None else f"a {type(document).__name__}"
        raise ConfigError([f"{path}: expected a mapping of settings, got {kind}."])
    return document
