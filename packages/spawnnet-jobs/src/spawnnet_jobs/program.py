"""What many runs need of the program that trains, and of the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol


class Program(Protocol):
    """A trainer whose runs are started by its command and found by their directories."""

    @property
    def command(self) -> Sequence[str]:
        """How it is started; `resume RUN` follows.

        It goes on with a run that was stopped, and begins one whose directory has nothing but its
        configuration.
        """
        ...

    def read(self, file: Path) -> dict[str, Any]:
        """Return the settings in a YAML file, on top of those that it extends, unchecked.

        Raises:
            ConfigError: If it cannot be read, or is no YAML.
        """
        ...

    def parse(self, text: str, source: str) -> Any:
        """Return the value that YAML stands for; `source` is named in errors.

        Raises:
            ConfigError: If it is no YAML.
        """
        ...

    def complete(
        self, settings: Mapping[str, Any], overrides: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return settings with overrides `path=value` applied, checked, and every default in them.

        `output`, `experiment` and `sweep` are among them.

        Raises:
            ConfigError: If no run can be made of them.
        """
        ...


class Screen(Protocol):
    """Where it is shown how runs stand."""

    def row(self, cells: Mapping[str, str], *, is_first: bool) -> None:
        """Show a row of a table that grows, below its title at first."""
        ...

    def lines(
        self, titles: Sequence[str]
    ) -> AbstractContextManager[Sequence[Callable[[str], None]]]:
        """Show a line for each of several things that go on at once; the functions change them."""
        ...
