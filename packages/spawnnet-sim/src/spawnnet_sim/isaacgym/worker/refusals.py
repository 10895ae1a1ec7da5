"""What the worker tells its parent's user, rather than a developer."""

from typing import Any


class RefusalError(Exception):
    """What was asked for does not work here; the parent raises its own error for it.

    Args:
        field: Setting of the engine that is wrong; empty where no single one is.
        message: What is wrong, and what to do.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field, self.message = field, message


def succeeded(result: Any, call: str) -> None:
    """Check what a call of Isaac Gym returned.

    Args:
        result: True if it worked; other values, also None, are failures.
        call: Its name.

    Raises:
        RefusalError: If it failed.
    """
    if result is not True:
        raise RefusalError("", f"Isaac Gym's `{call}` failed, it returned {result!r}.")
