"""A key mapping in a YAML file."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.mapping import KeyMapping
from spawnnet_data.reading.yaml_file import read_yaml


def load_mapping(path: Path) -> KeyMapping:
    """Read a key mapping from a YAML file.

    Raises:
        ConfigurationError: If it is no valid mapping; the field is its path in the file, and the
            message names the file.
        OSError: If the file cannot be read.
    """
    try:
        return TypeAdapter(KeyMapping).validate_python(read_yaml(path))
    except ValidationError as error:
        first = error.errors()[0]
        field, message = [*map(str, first["loc"])], first["msg"]
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, ConfigurationError):
            field, message = [*field, cause.field], cause.message
        raise ConfigurationError(".".join(field), f"{message.rstrip('.')}, in {path}.") from None
