"""Runs that were stopped go on as if they had not been, whatever the algorithm.

The small runs do 3 updates in each of 4 epochs and 5 in each of 3 rounds, and save what `resume`
goes on from at every second one and at the end of each period.
"""

import io
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console as RichConsole

from spawnnet_jobs.places import prepared_run
from spawnnet_jobs.terminal.console import Console
from spawnnet_record import RecordError
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_lock import running
from spawnnet_record.run_record import RunRecord, find_runs
from spawnnet_train.algorithms.dagger.dagger import Dagger
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.learning.learner import Learner
from spawnnet_train.runs.launch import resume, run
from spawnnet_train.runs.loading import dump, load_config
from spawnnet_train.runs.reevaluation import evaluate

COMMAND = [sys.executable, "-m", "spawnnet_train"]


class Killed(BaseException):
    """Ends a run as SIGKILL does: nothing is written any more."""


def path_of(output: Path) -> Path:
    (path,) = (run.directory.path for run in find_runs(output))
    return path


@pytest.mark.parametrize(
    ("algorithm", "updates"),
    [
        pytest.param("cloned", 0, id="cloned, before anything was saved"),
        pytest.param("cloned", 3, id="cloned, between epochs"),
        pytest.param("cloned", 5, id="cloned, within an epoch"),
        pytest.param("cloned", 11, id="cloned, within the last epoch"),
        pytest.param("dagger", 0, id="dagger, before anything was saved"),
        pytest.param("dagger", 5, id="dagger, between rounds"),
        pytest.param("dagger", 9, id="dagger, within a round"),
        pytest.param("dagger", 13, id="dagger, within the last round"),
    ],
)
def test_a_killed_run_goes_on_to_the_same_numbers(
    request: pytest.FixtureRequest,
    algorithm: str,
    updates: int,
    tmp_path: Path,
    quiet: Console,
    stopping: Any,
    assert_same_run: Callable[[RunDirectory, RunDirectory], None],
) -> None:
    small = request.getfixturevalue(algorithm)
    with stopping(updates, Killed):
        run(load_config(small.file, [f"output={tmp_path}"]), quiet)
    path = path_of(tmp_path)
    assert not (path / "checkpoints" / "interrupted.json").exists()
    assert_same_run(resume(path, quiet), small.run)


@pytest.mark.parametrize(("updates", "frozen"), [(5, "disk"), (9, "none")])
def test_a_replay_buffer_on_disk_is_not_collected_again(
    dagger: Any,
    updates: int,
    frozen: str,
    tmp_path: Path,
    quiet: Console,
    stopping: Any,
    monkeypatch: pytest.MonkeyPatch,
    assert_same_run: Callable[[RunDirectory, RunDirectory], None],
) -> None:
    on_disk = f"algorithm.replay={{images: disk, frozen: {frozen}}}"
    with stopping(updates, Killed):
        run(load_config(dagger.file, [f"output={tmp_path}", on_disk]), quiet)
    collected = []
    collect = Dagger._collect

    def counting(self: Dagger, round_index: int, *arguments: Any) -> Any:
        collected.append(round_index)
        return collect(self, round_index, *arguments)

    monkeypatch.setattr(Dagger, "_collect", counting)
    resumed = resume(path_of(tmp_path), quiet)
    assert collected == ([1, 2] if updates == 5 else [2])
    assert_same_run(resumed, dagger.run)
    assert not resumed.storage.exists()


def test_an_interrupted_run_can_be_looked_at_and_resumed(
    finished: Any,
    tmp_path: Path,
    stopping: Any,
    assert_same_run: Callable[[RunDirectory, RunDirectory], None],
) -> None:
    text = io.StringIO()
    console = Console(RichConsole(file=text, width=100))
    with stopping(7, KeyboardInterrupt):
        run(load_config(finished.file, [f"output={tmp_path}"]), console)
    path = path_of(tmp_path)
    assert "Interrupted" in text.getvalue()
    assert f"spawnnet-train resume {path}" in text.getvalue()
    record = RunRecord.open(path)
    assert record.checkpoints()[-1] == "interrupted"
    assert not record.is_finished
    text.truncate(0)
    assert_same_run(resume(path, console), finished.run)
    assert "seconds" in text.getvalue()  # the table has a header again
    assert record.checkpoints()[-1] == "final"
    assert record.is_finished


def test_a_gradient_that_overflowed_before_an_interruption_is_no_obstacle(
    cloned: Any, tmp_path: Path, quiet: Console, stopping: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it may in half precision, where the update is then left out."""
    update = Learner.update

    def overflowing(self: Learner, *arguments: Any) -> Any:
        return update(self, *arguments)._replace(grad_norm=math.inf)

    monkeypatch.setattr(Learner, "update", overflowing)
    with stopping(2, KeyboardInterrupt):
        run(load_config(cloned.file, [f"output={tmp_path}", "train.log_every=50"]), quiet)
    assert RunRecord(resume(path_of(tmp_path), quiet)).is_finished


def test_an_interrupted_run_repeats_no_update(
    finished: Any,
    tmp_path: Path,
    quiet: Console,
    monkeypatch: pytest.MonkeyPatch,
    assert_same_run: Callable[[RunDirectory, RunDirectory], None],
) -> None:
    done, update = [], Learner.update
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def counting(self: Learner, *arguments: Any) -> Any:
        done.append(self.num_updates)
        if len(done) == 8:
            signal.raise_signal(signal.SIGINT)  # in the middle of the update
        return update(self, *arguments)

    monkeypatch.setattr(Learner, "update", counting)
    with pytest.raises(KeyboardInterrupt):
        run(load_config(finished.file, [f"output={tmp_path}"]), quiet)
    assert_same_run(resume(path_of(tmp_path), quiet), finished.run)
    assert done == list(range(done[-1] + 1))
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_run_is_evaluated_by_what_it_came_to(
    dagger: Any, tmp_path: Path, quiet: Console, stopping: Any
) -> None:
    settings = [f"output={tmp_path}", "evaluation={episodes: 1, held_out_episodes: 0}"]
    with stopping(1, KeyboardInterrupt):
        run(load_config(dagger.file, settings), quiet)
    folder = evaluate(path_of(tmp_path), quiet, overrides=["evaluation.new_episodes=0"])
    assert folder.name == "interrupted_seed_0"


def test_of_a_finished_run_nothing_is_repeated(
    finished: Any, tmp_path: Path, quiet: Console
) -> None:
    shutil.copytree(finished.run.path, tmp_path / "run")
    before = (tmp_path / "run" / "metrics.jsonl").read_text()
    resumed = resume(tmp_path / "run", quiet)
    assert resumed.metrics.read_text() == before
    checkpoints = [path.name for path in resumed.checkpoints.iterdir()]
    assert sorted(checkpoints) == sorted(path.name for path in finished.run.checkpoints.iterdir())


@pytest.mark.slow
def test_a_process_that_was_killed_goes_on(
    dagger: Any,
    tmp_path: Path,
    quiet: Console,
    assert_same_run: Callable[[RunDirectory, RunDirectory], None],
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "run", str(dagger.file), "--set", f"output={tmp_path}"],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 200
    while not any(tmp_path.glob("*/*/training_state.safetensors")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert_same_run(resume(path_of(tmp_path), quiet), dagger.run)


def test_a_damaged_training_state_is_one_sentence(cloned: Any, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(cloned.run.config.read_text())
    (tmp_path / "training_state.safetensors").write_bytes(b"half of")
    with pytest.raises(RecordError, match=r"training_state\.safetensors: cannot be resumed from"):
        resume(tmp_path)
    assert (tmp_path / "training_state.safetensors").read_bytes() == b"half of"


def test_a_folder_without_a_run_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no run directory"):
        resume(tmp_path / "nowhere")


def test_a_run_that_is_still_running_is_not_resumed(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("train: {batch_size: 0}")
    with (
        running(RunDirectory(tmp_path)),
        pytest.raises(RecordError, match=f"{tmp_path}: is still running, process "),
    ):
        resume(tmp_path)
    with pytest.raises(ConfigError, match="batch_size"):
        resume(tmp_path)


def test_a_run_that_was_prepared_begins(
    cloned: Any,
    tmp_path: Path,
    quiet: Console,
    assert_same_run: Callable[[RunDirectory, RunDirectory], None],
) -> None:
    directory = prepared_run(dump(load_config(cloned.file, [f"output={tmp_path}"])))
    assert_same_run(resume(directory.path, quiet), cloned.run)
    assert directory.path == path_of(tmp_path)
    for name in ("config", "changed", "versions"):
        found, expected = (getattr(run, name) for run in (directory, cloned.run))
        ours, theirs = str(tmp_path), RunRecord(cloned.run).settings()["output"]
        assert found.read_text("utf-8").replace(ours, theirs) == expected.read_text("utf-8")
