"""What a user can get wrong, as errors that know their place in the configuration."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_ERRORS = {
    "spawnnet_data": "ConfigurationError",
    "spawnnet_encoders": "ConfigurationError",
    "spawnnet_policies": "ConfigurationError",
    "spawnnet_record": "RecordError",
    "spawnnet_sim": "ConfigurationError",
}


class ConfigError(ValueError):
    """A configuration that cannot be run.

    Attributes:
        problems: One sentence per problem, each starting with the place: a dotted path into the
            configuration (`encoder.backbone.layers[2]: ...`), or a file and a line.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class DivergenceError(ConfigError):
    """Training whose loss, gradient or weights are no longer finite."""


class SettingError(ValueError):
    """One setting of a section that cannot be.

    Attributes:
        field: Dotted path of the setting within its section; empty for the section itself.
        message: What is wrong with it.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field
        self.message = message


def setting_errors() -> tuple[type[Exception], ...]:
    """Return `SettingError`, and what libraries raise where settings or the machine are at fault.

    All have `field` and `message`. Whatever else they raise is a bug, and stays one. A library that
    has not been imported has raised nothing, so this imports none.
    """
    imported = {name: sys.modules[name] for name in _ERRORS if name in sys.modules}
    return (SettingError, *(getattr(library, _ERRORS[name]) for name, library in imported.items()))


def sentence(section: str, error: Exception) -> str:
    """Return one sentence about an error of `SettingError`'s kind in a section of the file."""
    path = ".".join(filter(None, [section, getattr(error, "field", "")]))
    message = getattr(error, "message", str(error))
    return f"{path}: {message}" if path else message


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
