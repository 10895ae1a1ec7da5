import io
import time
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console


def recording(*, terminal: bool = False, width: int = 80) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(RichConsole(file=text, width=width, force_terminal=terminal)), text


def test_rows_form_one_table_in_eighty_columns() -> None:
    console, text = recording()
    cells = {"round": "0", "expert": "50%", "rollouts": "3/8", "steps": "1536", "loss": "0.01234"}
    cells |= {"lr": "3.0e-04", "seconds": "12.6"}
    console.row(cells, is_first=True)
    console.row({**cells, "round": "1", "rollouts": ""}, is_first=False)
    head, first, second = text.getvalue().splitlines()
    assert head.split() == list(cells)
    assert first.split() == list(cells.values())
    assert second.split() == ["1", *first.replace("3/8", "").split()[1:]]
    assert len(head) == len(first) == len(second) <= 80


def test_a_table_has_titles_and_rows() -> None:
    console, text = recording()
    console.table("Student alone", ("cabinets", "rate"), [("train", "85%"), ("  a", "73%")])
    lines = [line.split() for line in text.getvalue().splitlines()]
    assert ["cabinets", "rate"] in lines
    assert ["train", "85%"] in lines
    assert ["a", "73%"] in lines


def test_a_column_without_any_number_is_left_out() -> None:
    console, text = recording()
    console.table("Seeds", ("metric", "low", "mean"), [("loss", "", "0.5"), ("rate", "", "")])
    lines = [line.split() for line in text.getvalue().splitlines()]
    assert ["metric", "mean"] in lines
    assert ["loss", "0.5"] in lines


def test_brackets_of_text_are_shown_and_written_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console, text = recording()
    console.table("Options", ("type",), [("list[int]",)], is_text=True)
    assert "list[int]" in text.getvalue()
    Console(as_json=True).table("Options", ("type",), [("list[int]",)], is_text=True)
    assert "list[int]" in capsys.readouterr().out


def test_the_path_in_a_header_stays_on_one_line() -> None:
    console, text = recording(width=40)
    path = "/data/experiments/" + "long/" * 12 + "[2]"
    console.header(f"dagger in {path}", {"seed": "7"})
    assert f"dagger in {path}" in text.getvalue().splitlines()


def test_a_header_shows_every_fact() -> None:
    console, text = recording()
    console.header("dagger in runs/a", {"policy": "mlp, 3 steps at once", "seed": "7"})
    for word in ("dagger in runs/a", "policy", "mlp, 3 steps at once", "seed"):
        assert word in text.getvalue()


def test_a_path_stays_on_one_line() -> None:
    console, text = recording(width=40)
    path = Path("runs") / ("long" * 20)
    console.paths("Look at", {"videos": str(path)})
    assert str(path) in text.getvalue()


@pytest.mark.parametrize("name", ["data [old]", "ends [/red]", "a:mask:b"])
def test_brackets_and_colons_of_paths_are_shown_as_they_are(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console()
    console.header(name, {"data": name})
    console.paths(name, {"run": name})
    console.table(f"{name}, seeds", ("metric",), [("loss" * 9,)])
    assert capsys.readouterr().out.count(name) == 5
    bars, text = recording(terminal=True)
    with bars.progress(f"features of {name.replace(':', '')}", 1) as advance:
        advance()
    assert name.replace(":", "") in text.getvalue()


def test_a_path_where_nothing_lies_is_not_shown(tmp_path: Path) -> None:
    console, text = recording()
    console.paths("Look at", {"results": tmp_path, "curves": tmp_path / "curves.png"})
    assert "results" in text.getvalue()
    assert "curves" not in text.getvalue()


def test_a_bar_moves_on_a_terminal_beside_what_is_left_of_the_run() -> None:
    console, text = recording(terminal=True, width=100)
    console.estimate_by(lambda: 5400.0)
    with console.progress("updates", 2) as advance:
        advance()
        advance()
    assert "2/2" in text.getvalue()
    assert "run 1 h 30 min" in text.getvalue()


def test_a_log_file_gets_a_line_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    console, text = recording()
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with console.progress("updates", 10) as advance:
        for seconds in (25, 50, 75, 100, 125):
            now[0] = seconds
            advance()
            if seconds == 100:
                console.estimate_by(lambda: 3600.0)
    assert text.getvalue().splitlines() == ["updates: 3/10, 2 min 55 s left"]
    now[0] = 135.0
    advance()
    assert text.getvalue().splitlines()[1] == "updates: 6/10, 1 min 30 s left; run 1 h left"


@pytest.mark.parametrize("width", [60, 80])
def test_nothing_is_cut_off_in_a_narrow_terminal(width: int) -> None:
    console, text = recording(width=width)
    cells = {"round": "12", "expert": "50%", "rollouts": "3/8", "steps": "1536", "loss": "0.01234"}
    cells |= {"lr": "3.0e-04", "seconds": "12.6", "success": "93% 98% 64%"}
    console.row(cells, is_first=True)
    columns = ("cabinets", "success", "rate", "95 % interval", "grasped", "closest")
    values = ("  drawer-held-out-v1/00", "41/48", "85%", "73% to 93%", "100%", "3.4 cm")
    console.table("Student alone", columns, [values])
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "…" not in text.getvalue()
    words = text.getvalue().split()
    for cell in [*cells.values(), *values[1:], *columns]:
        assert all(word in words for word in cell.split()), cell


LONG = "meaning " * 9


@pytest.mark.parametrize("width", [60, 80])
def test_names_in_front_of_long_texts_are_not_broken(width: int) -> None:
    console, text = recording(width=width)
    row = ("backbone.inputs[str].bits", LONG, "vit_small_patch8_224.dino", LONG)
    console.table("Options", ("path", "type", "default", "meaning"), [row], is_text=True)
    assert row[0] in text.getvalue()
    assert max(map(len, text.getvalue().splitlines())) <= width


def test_a_name_of_half_the_width_leaves_room_for_the_others() -> None:
    console, text = recording(width=40)
    console.table("Options", ("path", "meaning"), [(30 * "x", LONG)], is_text=True)
    assert "meaning meaning" in text.getvalue()
    assert max(map(len, text.getvalue().splitlines())) <= 40


def test_a_notice_is_shown_whole() -> None:
    console, text = recording(width=20)
    console.notice("The backbone has random weights.")
    assert "The backbone has random weights." in text.getvalue()


def test_runs_at_once_have_a_line_each() -> None:
    console, text = recording(terminal=True)
    with console.lines(["lr=[1]", "lr=[2]"]) as (first, second):
        first("started")
        first("12 updates, loss 0.5")
        second("started")
        first("finished, loss 0.1")
    for words in ("lr=[1]", "finished, loss 0.1", "lr=[2]", "started"):
        assert words in text.getvalue()


def test_a_log_file_gets_a_line_when_a_run_starts_and_when_it_ends() -> None:
    console, text = recording()
    with console.lines(["lr=[1]"]) as (show,):
        for status in ("started", "starting", "1 updates", "2 updates", "finished, loss 0.1"):
            show(status)
    assert text.getvalue().splitlines() == ["lr=[1]: started", "lr=[1]: finished, loss 0.1"]
