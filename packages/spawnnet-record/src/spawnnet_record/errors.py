"""The error of what a user can put right."""

from __future__ import annotations


class RecordError(ValueError):
    """A folder or file that is not what a run writes, or a library that is missing.

    Args:
        field: The setting at fault, such as `wandb`; empty where a file is.
        message: What is wrong and what to do, one sentence; a file comes first in it.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message
