"""What is wrong with a data set and where, or with the settings it is read with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One defect of a data set.

    Attributes:
        file: The file it is in.
        message: What is wrong and what to do, one sentence.
        episode: Name of the episode, or empty where the whole file is concerned.
        key: Key of the source, or empty.
        step: Zero-based time step within the episode, or None.
    """

    file: str
    message: str
    episode: str = ""
    key: str = ""
    step: int | None = None

    def __str__(self) -> str:
        place = [self.file]
        place += [f"episode {self.episode}"] if self.episode else []
        place += [f"key {self.key}"] if self.key else []
        place += [f"step {self.step}"] if self.step is not None else []
        place = [part for part in place if part]
        return printable(": ".join(filter(None, [", ".join(place), self.message])))


class DataError(ValueError):
    """Data that cannot be used as it is.

    Attributes:
        problem: The defect and its place; without a place where only the text is known, as after a
            worker process has sent the error to the main one.
    """

    def __init__(self, problem: Problem | str) -> None:
        if isinstance(problem, str):
            # A loader of torch puts the worker's traceback in front.
            problem = Problem("", problem.rpartition("DataError: ")[2].strip())
        super().__init__(str(problem))
        self.problem = problem


class ConfigurationError(ValueError):
    """A setting that cannot be used.

    Attributes:
        field: Dotted path of the setting within its configuration, or empty.
        message: What is wrong and what to do, one sentence.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return printable(f"{self.field}: {self.message}" if self.field else self.message)


def reason(error: BaseException) -> str:
    """Return what a library says is wrong, on one line, to end a sentence with."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def listed(names: Iterable[str], limit: int = 40) -> str:
    """Return names for a message, the first `limit` of them."""
    known = list(names)
    rest = [f"and {len(known) - limit} more"] if len(known) > limit else []
    return ", ".join([*known[:limit], *rest]) or "none"


def printable(text: str, limit: int = 2000) -> str:
    """Return text of a file as a terminal may show it: control characters escaped, cut at `limit`.

    A name in a file could otherwise move the cursor, or rewrite the line before.
    """
    cut = text if len(text) <= limit else f"{text[:limit]} ..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
