import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.record.run_lock import running
from spawnnet_train.runs.launch import resume

HOLD = """
import sys, time
from pathlib import Path
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.record.run_lock import running

with running(RunDirectory(Path(sys.argv[1]))):
    print("holds it", flush=True)
    time.sleep(600)
"""


def test_a_run_is_held_by_one_and_let_go_of(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    held = rf"is still running, process {os.getpid()} on "
    with running(directory), pytest.raises(ConfigError, match=held), running(directory):
        pass
    with running(directory):
        pass


def test_a_running_run_is_not_resumed_until_its_process_was_killed(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("train: {batch_size: 0}")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "holds it\n"
    with pytest.raises(ConfigError, match=f"{tmp_path}: is still running, process {process.pid} "):
        resume(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with pytest.raises(ConfigError, match="batch_size"):
        resume(tmp_path)
