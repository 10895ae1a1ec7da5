"""The error of what a user can put right."""

from __future__ import annotations


class ConfigurationError(ValueError):
    """An option with a value that cannot be, or a library that an option needs and that is missing.

    Args:
        field: The option, such as `num_modes` or `action_bounds[0]`; may be empty.
        message: What is wrong and what to do, one sentence.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message
