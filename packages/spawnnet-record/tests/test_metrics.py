import json
from pathlib import Path

import pytest

from spawnnet_record.errors import RecordError
from spawnnet_record.metrics import MetricsLog, MetricsLogs, read_metrics


def test_rows_are_readable_at_once(tmp_path: Path) -> None:
    jsonl = tmp_path / "metrics.jsonl"
    with MetricsLog(jsonl) as log:
        log.log(50, {"train/loss": 0.5})
        log.log(100, {"train/loss": 0.25, "update/lr": 1e-4})
        rows = [json.loads(line) for line in jsonl.read_text().splitlines()]
    assert [row["update"] for row in rows] == [50, 100]
    assert rows[1]["update/lr"] == 1e-4


def test_a_run_that_goes_on_repeats_what_comes_after_its_state(tmp_path: Path) -> None:
    jsonl = tmp_path / "metrics.jsonl"
    with MetricsLog(jsonl) as log:
        for update in (2, 4, 5):
            log.log(update, {"train/loss": update / 10})
    with MetricsLog(jsonl, resumed_at=4) as log:
        log.log(5, {"train/loss": 7.0})
    rows = read_metrics(jsonl)
    assert [(row["update"], row["train/loss"]) for row in rows] == [(2, 0.2), (4, 0.4), (5, 7.0)]
    assert [row["seconds"] for row in rows] == sorted(row["seconds"] for row in rows)


def test_a_run_that_starts_again_keeps_nothing(tmp_path: Path) -> None:
    jsonl = tmp_path / "metrics.jsonl"
    with MetricsLog(jsonl) as log:
        log.log(1, {"train/loss": 1.0})
    with MetricsLog(jsonl, resumed_at=0) as log:
        log.log(1, {"train/loss": 2.0})
    assert [row["train/loss"] for row in read_metrics(jsonl)] == [2.0]


def test_a_row_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    jsonl = tmp_path / "metrics.jsonl"
    jsonl.write_text('{"update": 1}\n{"update": 2, "train/lo')
    assert read_metrics(jsonl) == [{"update": 1}]
    assert read_metrics(tmp_path / "missing.jsonl") == []


def test_several_logs_get_the_same() -> None:
    rows: list[tuple[int, int, dict[str, float]]] = []

    class Log:
        def __init__(self, number: int) -> None:
            self.number = number

        def log(self, update: int, values: dict[str, float]) -> None:
            rows.append((self.number, update, values))

    MetricsLogs([Log(1), Log(2)]).log(5, {"a": 0.5})
    assert rows == [(1, 5, {"a": 0.5}), (2, 5, {"a": 0.5})]


def test_rows_are_strict_json_whatever_the_numbers(tmp_path: Path) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    with MetricsLog(tmp_path / "metrics.jsonl") as log:
        log.log(1, {"train/loss": float("nan"), "update/lr": float("inf"), "val/error": 0.5})
    row = json.loads((tmp_path / "metrics.jsonl").read_text(), parse_constant=refuse)
    assert (row["train/loss"], row["update/lr"], row["val/error"]) == (None, None, 0.5)


@pytest.mark.parametrize("content", [b"[1]\n", b"{\n", b"\xff\n", b'{"update": "x"}\n', b"7\n"])
def test_rows_that_are_none_are_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "metrics.jsonl").write_bytes(content)
    with pytest.raises(RecordError, match=r"metrics\.jsonl: is damaged"):
        read_metrics(tmp_path / "metrics.jsonl")
