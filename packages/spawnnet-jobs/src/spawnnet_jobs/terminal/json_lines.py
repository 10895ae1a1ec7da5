"""Tables for programs: each is one line of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from spawnnet_record.files import strict_json


def json_line(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as an object with `title` and `rows`, each an object by column.

    Args:
        title: Of the table.
        columns: Their names.
        rows: Cells as the terminal gets them, Rich's markup included; what is a number becomes one.
    """
    table = [dict(zip(columns, map(_value, row), strict=True)) for row in rows]
    return strict_json({"title": title, "rows": table})


def _value(cell: str) -> str | int | float:
    text = Text.from_markup(cell).plain.strip()
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
