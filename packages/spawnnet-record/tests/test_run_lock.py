import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spawnnet_record.errors import RecordError
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_lock import running

HOLD = """
import sys, time
from pathlib import Path
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_lock import running

with running(RunDirectory(Path(sys.argv[1]))):
    print("holds it", flush=True)
    time.sleep(600)
"""


def test_a_run_is_held_by_one_and_let_go_of(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    held = rf"is still running, process {os.getpid()} on "
    with running(directory), pytest.raises(RecordError, match=held), running(directory):
        pass
    with running(directory):
        pass


def test_a_run_whose_process_was_killed_can_be_held_again(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "holds it\n"
    busy = f"{tmp_path}: is still running, process {process.pid} "
    with pytest.raises(RecordError, match=busy), running(RunDirectory(tmp_path)):
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with running(RunDirectory(tmp_path)):
        pass
