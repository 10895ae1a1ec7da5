"""Files that are there whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import math
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spawnnet_record.errors import RecordError
from spawnnet_record.file_lock import lock


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old contents or the new, never a part of either.

    Of several writers at once, also on several machines, the last one's contents stay.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:  # which names the temporary file, or none
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, like `write_bytes`."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write `value` as indented JSON, like `write_bytes`."""
    write_text(path, strict_json(value, indent=2) + "\n")


def strict_json(value: Any, indent: int | None = None) -> str:
    """Return JSON as every program reads it: numbers that are not finite become null."""
    return json.dumps(_with_nulls(value), indent=indent, allow_nan=False)


def _with_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_nulls(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_nulls(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def reading(path: Path, problem: str = "is damaged") -> Iterator[None]:
    """Turn whatever is wrong with the content of a file into one sentence.

    Args:
        path: Of the file, the start of the sentence.
        problem: How it goes on, before the reason.

    Raises:
        RecordError: With that sentence.
    """
    try:
        yield
    except RecordError:
        raise
    except Exception as error:  # foreign content fails in more ways than can be listed
        reason = " ".join(str(error).split())[:500].rstrip(".")
        message = f"{path}: {problem}, {reason} ({type(error).__name__})."
        raise RecordError("", message) from error


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table, like `write_bytes`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def replace_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table, like `write_csv`, but keep its rows whose first cell no new row has."""
    new = [tuple(map(str, row)) for row in rows]
    kinds, first = {row[0] for row in new}, header[0]
    old = [row for row in read_csv(path) if row.get(first) not in kinds]
    write_csv(path, header, [*([row.get(name, "") for name in header] for row in old), *new])


def merge_csv(
    path: Path, header: Sequence[str], key: Sequence[str], rows: Iterable[Mapping[str, str]]
) -> list[dict[str, str]]:
    """Put rows into a table, in place of those that are equal in some columns.

    Of several processes one does so at a time, so that no rows are lost. A column that an older
    table does not have is empty in its rows.

    Args:
        path: Of the table; a hidden file beside it is the lock.
        header: Names of all columns.
        key: Names of those that tell rows apart.
        rows: New ones, each with all columns.

    Returns:
        All rows of the table.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("a", encoding="utf-8") as turn:
        lock(turn, wait=True)
        old = ({name: row.get(name, "") for name in header} for row in read_csv(path))
        merged = {tuple(row[name] for name in key): row for row in old}
        for row in rows:
            place = tuple(row[name] for name in key)
            merged.pop(place, None)  # the newest stand last
            merged[place] = dict(row)
        write_csv(path, header, [[row[name] for name in header] for row in merged.values()])
    return list(merged.values())


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds; an empty one where there is no such file.

    Raises:
        RecordError: If it is damaged.
    """
    if not path.is_file():
        return {}
    with reading(path):
        return {**json.loads(path.read_text("utf-8"))}


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table by the names of their columns; none where there is no such file.

    Raises:
        RecordError: If it is damaged.
    """
    if not path.is_file():
        return []
    with reading(path), path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
