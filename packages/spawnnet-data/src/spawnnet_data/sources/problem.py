"""What is wrong with a data set, and where."""

from __future__ import annotations

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
        return f"{', '.join(place)}: {self.message}"


class DataError(ValueError):
    """Data that cannot be used as it is.

    Attributes:
        problem: The defect and its place; None where only its text is known, as after a worker
            process has sent the error to the main one.
    """

    def __init__(self, problem: Problem | str) -> None:
        super().__init__(str(problem))
        self.problem = problem if isinstance(problem, Problem) else None


def reason(error: Exception) -> str:
    """Return what a library says is wrong, on one line, to end a sentence with."""
    return " ".join(str(error).split()).rstrip(".")
