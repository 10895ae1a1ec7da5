import io

import pytest
from rich.console import Console

from spawnnet_data.tools.console import make_console, print_line, print_table, track


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Console:
    made = make_console()
    made.file = io.StringIO()
    return made


def test_lines_are_neither_broken_nor_interpreted(console: Console) -> None:
    print_line(console, "[red]x[/red] :smile: " + "y" * 300)
    assert console.file.getvalue() == "[red]x[/red] :smile: " + "y" * 300 + "\n"  # type: ignore[attr-defined]


def test_control_characters_are_escaped(console: Console) -> None:
    print_line(console, "a\x1b[2Jb\u202ec")
    print_table(console, ["key"], [["a\rb"]])
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "a\\x1b[2Jb\\u202ec" in text
    assert "a\\rb" in text


def test_tables_are_as_wide_as_they_are(console: Console) -> None:
    print_table(console, ["key", "kind"], [["k" * 200, "rgb"], ["a", "depth"]])
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines[1].startswith("k" * 200 + "  rgb")
    assert len(lines) == 3


def test_progress_yields_every_item() -> None:
    assert list(track(iter([1, 2]), 2, "testing")) == [1, 2]
