import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spawnnet_record.errors import RecordError
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_lock import running
from spawnnet_record.run_record import RunRecord
from spawnnet_record.run_state import read_state, state_of

TRAIN = """
import sys, time
from pathlib import Path
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_lock import running
from spawnnet_record.run_state import state_of

run = RunDirectory(Path(sys.argv[1]))
with running(run), state_of(run):
    print("trains", flush=True)
    time.sleep(600)
"""


def test_a_run_that_goes_on_says_so(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    with running(run), state_of(run):
        assert read_state(run).name == "running"
    state = read_state(run)
    assert (state.name, state.reason, state.trace) == ("finished", "", "")
    assert state.started <= state.changed


@pytest.mark.parametrize(
    ("error", "name"),
    [(KeyboardInterrupt, "interrupted"), (ValueError, "failed"), (SystemExit, "failed")],
)
def test_the_end_of_a_run_is_known_with_its_reason(
    make_run: Callable[..., RunDirectory], error: type[BaseException], name: str
) -> None:
    state = RunRecord(make_run(error)).state()
    assert state.name == name
    assert state.reason == ("" if name == "interrupted" else "update 7: the loss is not finite.")
    assert ("raise error" in state.trace) == (name == "failed")


def test_a_run_whose_process_was_killed_is_lost(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TRAIN, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "trains\n"
    assert read_state(RunDirectory(tmp_path)).name == "running"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert read_state(RunDirectory(tmp_path)).name == "lost"


def test_runs_from_before_are_finished_if_they_have_a_result(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    assert read_state(run).name == "lost"
    run.result.write_text("{}")
    assert read_state(run).name == "finished"


@pytest.mark.parametrize("content", ["[]", "{", '{"name": 7}', '{"names": "x"}'])
def test_a_damaged_state_is_one_sentence(tmp_path: Path, content: str) -> None:
    run = RunDirectory(tmp_path)
    run.state.write_text(content)
    with pytest.raises(RecordError, match=r"state\.json: is damaged"):
        read_state(run)
