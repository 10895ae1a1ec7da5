import json
import os
from pathlib import Path

import pytest

from spawnnet_record.errors import RecordError
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    (tmp_path / "config.yaml").write_text("seed: 4\ntrain: {batch_size: 8}\n")
    rows = [{"update": 3, "train/loss": 0.5, "val/mse_L1": 2.0}, {"update": 6, "train/loss": 0.25}]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return RunDirectory(tmp_path)


def write_checkpoint(directory: RunDirectory, name: str, written: int = 100, **facts: int) -> None:
    """Write what a checkpoint says of itself, `written` seconds after the beginning of 1970."""
    directory.checkpoints.mkdir(exist_ok=True)
    file = directory.checkpoints / f"{name}.json"
    file.write_text(json.dumps(facts))
    os.utime(file, (written, written))


def test_settings_and_metrics_are_those_written(directory: RunDirectory) -> None:
    record = RunRecord.open(directory.path)
    assert record.settings() == {"seed": 4, "train": {"batch_size": 8}}
    assert [row["train/loss"] for row in record.metrics()] == [0.5, 0.25]


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no run directory"):
        RunRecord.open(tmp_path / "nowhere")


def test_the_result_is_the_last_value_of_everything_and_the_rates_of_splits(
    directory: RunDirectory,
) -> None:
    record = RunRecord(directory)
    assert record.result() == {"update": 6, "train/loss": 0.25, "val/mse_L1": 2.0}
    directory.evaluation.mkdir()
    (directory.evaluation / "summary.csv").write_text(
        "split,cabinet,successes,episodes,rate,low,high\n"
        "train,all,1,2,0.5000,0.1,0.9\ntrain,a,1,2,0.5000,0.1,0.9\nheld_out,all,0,4,0.0000,0,0.5\n"
    )
    found = record.result()
    assert {key: found[key] for key in found if "success" in key} == {
        "success/train": 0.5,
        "success/held_out": 0.0,
    }


def test_a_run_is_finished_once_its_result_is_written(directory: RunDirectory) -> None:
    record = RunRecord(directory)
    assert not record.is_finished
    assert record.saved_result() == {}
    directory.result.write_text('{"train/loss": 0.25}')
    assert record.is_finished
    assert record.saved_result() == {"train/loss": 0.25}


def test_the_chosen_checkpoint_is_the_named_one_or_the_best_or_the_latest(
    directory: RunDirectory,
) -> None:
    record = RunRecord(directory)
    with pytest.raises(RecordError, match="holds no checkpoint yet"):
        record.chosen_checkpoint()
    write_checkpoint(directory, "round_000", updates=8)
    write_checkpoint(directory, "round_001", updates=16)
    assert record.chosen_checkpoint() == "round_001"
    assert record.chosen_checkpoint("round_000") == "round_000"
    for unknown in ("round_000.safetensors", "../round_000", "final"):
        with pytest.raises(RecordError, match=r"there are round_000, round_001\."):
            record.chosen_checkpoint(unknown)
    write_checkpoint(directory, "best", updates=8)
    assert record.chosen_checkpoint() == "best"


def test_checkpoints_are_in_the_order_of_their_updates_whatever_a_copy_made_of_their_times(
    directory: RunDirectory,
) -> None:
    write_checkpoint(directory, "round_009", updates=90, written=100)
    write_checkpoint(directory, "final", updates=100, written=101)
    write_checkpoint(directory, "round_010", updates=100, written=102)
    write_checkpoint(directory, "interrupted", updates=30, written=103)
    names = RunRecord(directory).checkpoints()
    assert names == ["interrupted", "round_009", "round_010", "final"]


def test_checkpoints_without_updates_are_in_the_order_of_periods_and_then_of_times(
    directory: RunDirectory,
) -> None:
    write_checkpoint(directory, "round_002", period=2, written=100)
    write_checkpoint(directory, "round_001", period=1, written=101)
    write_checkpoint(directory, "second", written=103)
    write_checkpoint(directory, "first", written=102)
    names = RunRecord(directory).checkpoints()
    assert names == ["first", "second", "round_001", "round_002"]


def test_a_damaged_checkpoint_is_named_and_keeps_nobody_from_others(
    directory: RunDirectory,
) -> None:
    write_checkpoint(directory, "round_000")
    (directory.checkpoints / "round_001.json").write_text('{"updates": "many"}')
    with pytest.raises(RecordError, match=r"round_001\.json: "):
        RunRecord(directory).chosen_checkpoint()
    assert RunRecord(directory).chosen_checkpoint("round_000") == "round_000"
