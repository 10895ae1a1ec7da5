"""The page about several runs side by side: a sweep, or the plans of a study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spawnnet_record.files import write_text
from spawnnet_record.report.intervals import IntervalChart
from spawnnet_record.report.page import render


class Table(NamedTuple):
    """A header and rows of text."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


class Member(NamedTuple):
    """A run that is compared.

    Attributes:
        name: Its settings.
        state: `finished`, `failed` and so on, see `RunState`.
        reason: Why it failed; empty otherwise.
        page: Its report, relative to the page; empty where there is none.
    """

    name: str
    state: str
    reason: str = ""
    page: str = ""


class Section(NamedTuple):
    """A part of the page.

    Attributes:
        title: Of the part.
        text: What is compared, paragraphs with an empty line between them.
        charts: Values with intervals.
        table: The numbers.
    """

    title: str
    text: str
    charts: Sequence[IntervalChart]
    table: Table


def write_comparison_page(
    path: Path,
    title: str,
    sections: Sequence[Section],
    *,
    note: str = "",
    members: Sequence[Member] = (),
) -> None:
    """Write a page, all or nothing.

    Args:
        path: The HTML file.
        title: Of the page.
        sections: What is compared.
        note: How numbers are to be read.
        members: The runs.
    """
    page = render("comparison.html.j2", title=title, note=note, sections=sections, members=members)
    write_text(path, page)
