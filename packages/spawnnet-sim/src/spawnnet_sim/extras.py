"""Import of what only some users need."""

from __future__ import annotations

import importlib
from types import ModuleType

from spawnnet_sim.errors import ConfigurationError


def import_extra(module: str, extra: str) -> ModuleType:
    """Import an optional dependency.

    Raises:
        ConfigurationError: If it is not installed; the message names the extra to install.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "", f"`{module}` is missing: install it with `pip install 'spawnnet-sim[{extra}]'`."
        ) from error
