import io
from pathlib import Path

from rich.console import Console as RichConsole

from spawnnet_train.record.console import Console, RoundReport
from spawnnet_train.rollouts.evaluation import SummaryRow
from spawnnet_train.rollouts.statistics import success_rate


def recording(*, terminal: bool = False, width: int = 80) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(RichConsole(file=text, width=width, force_terminal=terminal)), text


def report(round_index: int, *, measured: bool) -> RoundReport:
    return RoundReport(
        round_index=round_index,
        expert_share=0.5,
        rollout=success_rate(3, 8),
        loss=0.01234,
        lr=3e-4,
        steps=1536,
        seconds=12.6,
        evaluation=success_rate(40, 48) if measured else None,
    )


def test_rounds_form_one_table_in_eighty_columns() -> None:
    console, text = recording()
    console.round(report(0, measured=True))
    console.round(report(1, measured=False))
    head, first, second = text.getvalue().splitlines()
    assert head.split() == ["round", "beta", "rollouts", "loss", "lr", "steps", "seconds", "alone"]
    assert first.split() == ["warm-up", "50%", "3/8", "0.01234", "3.0e-04", "1536", "13", "40/48"]
    assert second.split() == ["1", "50%", "3/8", "0.01234", "3.0e-04", "1536", "13"]


def test_results_show_rate_and_interval() -> None:
    console, text = recording()
    rows = [
        SummaryRow("train", "all", success_rate(41, 48)),
        SummaryRow("train", "a", success_rate(5, 6)),
    ]
    console.results(rows)
    assert "41/48    85%      73% to 93%" in text.getvalue()
    assert "a" in text.getvalue()


def test_a_path_stays_on_one_line() -> None:
    console, text = recording(width=40)
    path = Path("runs") / ("long" * 20)
    console.paths("Look at", {"videos": path})
    assert str(path) in text.getvalue()


def test_a_bar_moves_on_a_terminal_and_a_log_file_gets_none() -> None:
    console, text = recording(terminal=True)
    with console.progress("updates", 2) as advance:
        advance()
        advance()
    assert "2/2" in text.getvalue()
    console, text = recording()
    with console.progress("updates", 1) as advance:
        advance()
    assert text.getvalue() == ""


def test_a_notice_is_shown_whole() -> None:
    console, text = recording(width=20)
    console.notice("The backbone has random weights.")
    assert "The backbone has random weights." in text.getvalue()
