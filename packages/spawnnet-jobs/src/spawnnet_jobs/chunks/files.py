"""What the parts of an evaluation leave on disk, and when they are a whole.

A part is a file `eval/<student>/chunks/1_of_4.json` of a run. It says what it is a part of, so that
those of other runs, checkpoints or settings are told apart whatever folder they were copied to.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from spawnnet_config import ConfigError
from spawnnet_jobs.chunks.chunk import Chunk
from spawnnet_record.files import read_json, reading, write_json
from spawnnet_record.run_directory import RunDirectory

FOLDER = "chunks"
EpisodeT = TypeVar("EpisodeT")


class Labelled(Protocol):
    """A student by the name of the folder of its episodes."""

    @property
    def label(self) -> str:
        """The name."""


StudentT = TypeVar("StudentT", bound=Labelled)


class Whole(NamedTuple):
    """What an evaluation is of.

    Attributes:
        run: Digest of the run's configuration.
        weights: Digest of the checkpoint.
        settings: All that decides its episodes beside these, as text.
    """

    run: str
    weights: str
    settings: str


class Part(NamedTuple):
    """A chunk that has been evaluated.

    Attributes:
        file: Where it is from.
        chunk: Which one it is.
        whole: What it is a part of.
        facts: What is to be known of the student.
        rows: Its episodes by their place in the whole, and the values of each.
    """

    file: Path
    chunk: Chunk
    whole: Whole
    facts: dict[str, Any]
    rows: list[tuple[int, list[Any]]]


def digest(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_part(
    folder: Path,
    chunk: Chunk,
    whole: Whole,
    facts: dict[str, Any],
    rows: Sequence[tuple[int, Sequence[Any]]],
) -> Path:
    """Write a part below the folder of its evaluation, and return its file."""
    file = folder / FOLDER / f"{chunk.number}_of_{chunk.count}.json"
    named = {"chunk": asdict(chunk), "whole": whole._asdict(), "facts": facts}
    write_json(file, {**named, "episodes": [[place, *row] for place, row in rows]})
    return file


def read_whole(folder: Path) -> list[Part]:
    """Return all parts of the evaluation in a folder, the first one first.

    Raises:
        ConfigError: If parts are missing, repeated, or of different evaluations; it names them.
        RecordError: If a file is damaged.
    """
    parts = [_read(file) for file in sorted((folder / FOLDER).glob("*.json"))]
    if not parts:
        message = "holds no chunk; `eval RUN --chunk 1/2` and `--chunk 2/2` make some."
        raise ConfigError([f"{folder / FOLDER}: {message}"])
    _check_same(parts)
    numbers = [part.chunk.number for part in parts]
    for index, part in enumerate(parts):
        if (first := numbers.index(part.chunk.number)) != index:
            message = f"is chunk {part.chunk} once more, as {parts[first].file.name} is."
            raise ConfigError([f"{part.file}: {message}"])
    count = parts[0].chunk.count
    missing = [f"{number}/{count}" for number in range(1, count + 1) if number not in numbers]
    if missing:
        names = f"{', '.join(missing[:40])}{' ...' if len(missing) > 40 else ''}"
        raise ConfigError([f"{folder / FOLDER}: chunk {names} is missing."])
    _check_complete(parts)
    return sorted(parts, key=lambda part: part.chunk)


def rows_of(parts: Sequence[Part]) -> list[list[Any]]:
    """Return the episodes of all parts in the order that they have in the whole."""
    return [row for _, row in sorted(_placed(parts), key=itemgetter(0))]


def restored(
    parts: Sequence[Part],
    run: RunDirectory,
    student: Callable[..., StudentT],
    episode: Callable[..., EpisodeT],
) -> tuple[StudentT, list[EpisodeT]]:
    """Return whom parts are of, and the episodes of all of them.

    Args:
        parts: From `read_whole`.
        run: That they are to be of.
        student: Makes one of `Part.facts`.
        episode: Makes one of its values.

    Raises:
        ConfigError: If they were copied to another run, or to the folder of another student.
        RecordError: If a part is damaged.
    """
    file = parts[0].file
    if parts[0].whole.run != digest(run.config):
        raise ConfigError([f"{file}: is of another run than {run.path}."])
    with reading(file):
        found = student(**parts[0].facts)
        episodes = [episode(*row) for row in rows_of(parts)]
    if found.label != file.parent.parent.name:
        raise ConfigError([f"{file}: is of {found.label!r}, which has a folder of its own."])
    return found, episodes


def _placed(parts: Sequence[Part]) -> list[tuple[int, list[Any]]]:
    return [row for part in parts for row in part.rows]


def _check_complete(parts: Sequence[Part]) -> None:
    """Check that every episode is there once."""
    counts = Counter(place for place, _ in _placed(parts))
    for part in parts:
        repeated = [place for place, _ in part.rows if counts[place] > 1]
        if repeated:
            raise ConfigError([f"{part.file}: episode {repeated[0]} is there more than once."])
    lacking = next((place for place in range(len(counts)) if place not in counts), None)
    if lacking is not None:
        raise ConfigError([f"{parts[0].file.parent}: episode {lacking} is in none of the chunks."])


def _check_same(parts: Sequence[Part]) -> None:
    """Check that parts are of one evaluation, divided once."""
    first = parts[0]
    whats = {"run": "run", "weights": "checkpoint", "settings": "settings of the evaluation"}
    for part in parts[1:]:
        for field, what in whats.items():
            if getattr(part.whole, field) != getattr(first.whole, field):
                raise ConfigError([f"{part.file}: is of another {what} than {first.file.name}."])
        if part.chunk.count != first.chunk.count:
            message = f"is one of {part.chunk.count} parts, {first.file.name} one of"
            remedy = f"{first.chunk.count}: remove those that are not wanted."
            raise ConfigError([f"{part.file}: {message} {remedy}"])


def _read(file: Path) -> Part:
    content = read_json(file)
    with reading(file):
        chunk = Chunk.parse("{number}/{count}".format(**content["chunk"]))
        whole = Whole(*(str(content["whole"][name]) for name in Whole._fields))
        rows = [(int(place), list(row)) for place, *row in content["episodes"]]
        return Part(file, chunk, whole, {**content["facts"]}, rows)
