"""What a user can get wrong, as errors that know their place in the configuration."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from spawnnet_config import ConfigError, SettingError, sentence

__all__ = [
    "ConfigError",
    "DivergenceError",
    "SettingError",
    "building",
    "disk_sentence",
    "sentence",
    "setting_errors",
]

_LIBRARIES = ("data", "encoders", "policies", "sim")
_ERRORS = {f"spawnnet_{name}": "ConfigurationError" for name in _LIBRARIES}
_ERRORS |= {"spawnnet_record": "RecordError"}


class DivergenceError(ConfigError):
    """Training whose loss, gradient or weights are no longer finite."""


def setting_errors() -> tuple[type[Exception], ...]:
    """Return `SettingError`, and what libraries raise where settings or the machine are at fault.

    All have `field` and `message`. Whatever else they raise is a bug, and stays one. A library that
    has not been imported has raised nothing, so this imports none.
    """
    imported = {name: sys.modules[name] for name in _ERRORS if name in sys.modules}
    return (SettingError, *(getattr(library, _ERRORS[name]) for name, library in imported.items()))


def disk_sentence(error: OSError) -> str:
    """Return one sentence about a file that cannot be written or read."""
    place = f"{error.filename}: " if error.filename else ""
    reason = " ".join((error.strerror or str(error)).split())
    return (
        f"{place}{reason}; what was written before is whole, and once this is mended "
        "`spawnnet-train resume RUN` goes on with a run that has begun."
    )


@contextmanager
def building(section: str) -> Iterator[None]:
    """Turn what a library says about its settings into an error of the configuration.

    Args:
        section: The part of the file that the settings are from.

    Raises:
        ConfigError: With the path of the setting in front.
    """
    try:
        yield
    except setting_errors() as error:
        raise ConfigError([sentence(section, error)]) from error
