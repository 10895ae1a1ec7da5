import io
import json

import pytest
from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console
from spawnnet_jobs.terminal.json_lines import json_line


def test_a_table_is_an_object_whose_numbers_are_numbers() -> None:
    rows = [("[bold]train[/bold]", "12", "85%"), ("  a", "0.5", "73%")]
    assert json.loads(json_line("Success", ("cabinets", "count", "rate"), rows)) == {
        "title": "Success",
        "rows": [
            {"cabinets": "train", "count": 12, "rate": "85%"},
            {"cabinets": "a", "count": 0.5, "rate": "73%"},
        ],
    }


def test_tables_alone_are_on_the_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(RichConsole(file=io.StringIO()), as_json=True)
    console.notice("look here")
    console.table("One", ("name", "value"), [("a", "1")])
    console.table("Two", ("name", "value"), [])
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["One", "Two"]
