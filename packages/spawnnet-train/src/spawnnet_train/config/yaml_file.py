"""Strict YAML, as `spawnnet_data` reads it, with this package's errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spawnnet_data import ConfigurationError
from spawnnet_data.reading import yaml_file
from spawnnet_train.config.errors import ConfigError


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
        return yaml_file.parse_yaml(text, source)
    except ConfigurationError as error:
        raise ConfigError([error.message]) from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in the YAML file `path`.

    Raises:
        ConfigError: If the file cannot be read, is no YAML, or holds anything but a mapping.
    """
    try:
        document = yaml_file.read_yaml(path)
    except ConfigurationError as error:
        raise ConfigError([error.message]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read, {error.strerror}."]) from None
    if not isinstance(document, dict):
        kind = "nothing" if document is None else f"a {type(document).__name__}"
        raise ConfigError([f"{path}: expected a mapping of settings, got {kind}."])
    return document
