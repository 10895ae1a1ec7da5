"""What a user can get wrong, as errors that know their place in the configuration."""

from __future__ import annotations

from collections.abc import Sequence


class ConfigError(ValueError):
    """A configuration that cannot be run.

    Attributes:
        problems: One sentence per problem, each starting with the place: a dotted path into the
            configuration (`encoder.backbone.layers[2]: ...`), or a file and a line.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


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


def sentence(section: str, error: Exception) -> str:
    """Return one sentence about an error of `SettingError`'s kind in a section of the file."""
    path = ".".join(filter(None, [section, getattr(error, "field", "")]))
    message = getattr(error, "message", str(error))
    return f"{path}: {message}" if path else message
