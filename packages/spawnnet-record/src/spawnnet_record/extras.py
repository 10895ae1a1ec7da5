"""Import of what only some users need."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from spawnnet_record.errors import RecordError

_MODULES = {"plots": "matplotlib", "tensorboard": "tensorboard", "wandb": "wandb"}


def is_installed(extra: str) -> bool:
    """Return whether what an extra of this package installs is there."""
    return find_spec(_MODULES[extra]) is not None


def import_extra(module: str, extra: str) -> Any:
    """Return an optional dependency, imported.

    Args:
        module: Such as `matplotlib.figure`.
        extra: Which of this package's extras installs it; an error begins with it.

    Raises:
        RecordError: If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        name = module.partition(".")[0]
        message = f"{name} is not installed, pip install 'spawnnet-record[{extra}]'."
        raise RecordError(extra, message) from error
