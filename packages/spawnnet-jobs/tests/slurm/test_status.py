"""How runs stand where no SLURM answers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spawnnet_jobs.places import prepared_run
from spawnnet_jobs.slurm.files import Heartbeat, SubmittedRun
from spawnnet_jobs.slurm.status import find_all_runs, statuses
from spawnnet_record import RecordError
from spawnnet_record.files import write_json, write_text
from spawnnet_record.run_state import state_of


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SubmittedRun:
    monkeypatch.setenv("PATH", str(tmp_path))  # where there is no squeue
    run = SubmittedRun(prepared_run({"output": str(tmp_path), "experiment": "toy"}))
    write_json(run.jobs_file, {"jobs": {"train": "12"}})
    return run


def state_and_note(run: SubmittedRun) -> tuple[str, str]:
    (found,) = statuses(run.directory.path)
    return found.state, found.note


def beat(run: SubmittedRun, age: float, status: int | None = None) -> str:
    time = (datetime.now(UTC) - timedelta(seconds=age)).isoformat(timespec="seconds")
    run.beat(Heartbeat(time, "node3", "12", status))
    return time


def test_a_run_without_a_sign_of_life_has_not_begun(run: SubmittedRun) -> None:
    assert state_and_note(run) == ("waiting", "job 12, SLURM does not answer here")


def test_a_sign_of_life_is_enough(run: SubmittedRun) -> None:
    beat(run, 50)
    assert state_and_note(run) == ("running", "job 12 on node3")


def test_a_job_that_died_is_noticed_by_its_silence(run: SubmittedRun) -> None:
    time = beat(run, 500)
    assert state_and_note(run) == ("failed", f"job 12 is gone, no sign of life since {time}")


def test_a_process_that_was_killed_is_told_by_its_status(run: SubmittedRun) -> None:
    beat(run, 5, -9)
    assert state_and_note(run) == ("failed", "job 12 is gone, its process ended with status -9")


def test_what_the_run_itself_says_comes_first(run: SubmittedRun) -> None:
    beat(run, 5, 1)
    with pytest.raises(ValueError, match="much"), state_of(run.directory):
        raise ValueError("too much\nof it")
    assert state_and_note(run) == ("failed", "too much")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("slurm.json", '{"jobs": [1]}'),
        ("slurm/heartbeat.json", '{"time": 3, "host": "a", "job": "1"}'),
        ("slurm/heartbeat.json", '{"time": "2026-11-26T10:00:00", "host": "a", "job": "1"}'),
        ("state.json", '{"name": 3}'),
        ("metrics.jsonl", "[]\n"),
        ("eval/summary.csv", "split,rate\na,b\n"),
        ("eval/checkpoints.csv", "checkpoint\nbest\n"),
    ],
)
def test_a_damaged_run_is_a_row_and_hides_no_other(
    run: SubmittedRun, tmp_path: Path, file: str, content: str
) -> None:
    other = prepared_run({"output": str(tmp_path), "experiment": "unharmed"})
    write_text(run.directory.path / file, content)
    damaged, sound = statuses(tmp_path)
    assert (damaged.run, damaged.state) == (str(run.directory.path), "damaged")
    assert file.partition("/")[0] in damaged.note
    assert (sound.run, sound.state) == (str(other.path), "lost")


def test_a_loss_that_is_none_is_said(run: SubmittedRun) -> None:
    write_text(run.directory.metrics, '{"update": 7, "train/loss": null}\n')
    (found,) = statuses(run.directory.path)
    assert found.progress == "7 updates, loss unknown"


def test_runs_are_found_wherever_they_are_and_not_twice(tmp_path: Path) -> None:
    for place in ("a", "a/sweep/0123", "b"):
        prepared_run({"output": str(tmp_path / place), "experiment": "toy"})
    found = [run.directory.path.relative_to(tmp_path) for run in find_all_runs(tmp_path)]
    assert [str(path.parent) for path in found] == ["a/sweep/0123/toy", "a/toy", "b/toy"]
    assert not any(path.name == "latest" for path in found)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no such folder"):
        statuses(tmp_path / "nothing")
