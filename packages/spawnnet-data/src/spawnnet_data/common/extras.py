"""Import a library that only one format needs, or say which extra brings it."""

from __future__ import annotations

import importlib
from types import ModuleType

from spawnnet_data.common.errors import ConfigurationError


def require(module: str, extra: str) -> ModuleType:
    """Return the imported `module`.

    Raises:
        ConfigurationError: If it is not installed; the message names the extra that brings it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        message = (
            f"{error.name} is not installed, and this data set needs it: "
            f"pip install 'spawnnet-data[{extra}]'."
        )
        raise ConfigurationError("", message) from error
