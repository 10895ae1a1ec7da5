import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from spawnnet_jobs.processes import Processes

WAITS = """
import time
from spawnnet_jobs.parent import end_with_parent
end_with_parent()
print("ready", flush=True)
time.sleep(60)
"""


def test_those_that_go_on_are_ended_and_no_more_are_started(tmp_path: Path) -> None:
    processes = Processes()
    with (tmp_path / "log.txt").open("w") as log:
        with processes.run([sys.executable, "-c", WAITS], log) as process:
            assert process is not None
            processes.end()
            assert process.wait(20) == -signal.SIGTERM
        with processes.run([sys.executable, "-c", WAITS], log) as process:
            assert process is None


def test_a_process_ends_when_the_one_that_started_it_is_killed() -> None:
    starter = f"""
import sys
from spawnnet_jobs.processes import Processes
with Processes().run([sys.executable, "-c", {WAITS!r}], sys.stdout) as process:
    print(process.pid, flush=True)
    process.wait()
"""
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        said = {parent.stdout.readline().strip(), parent.stdout.readline().strip()}
        (child,) = map(int, said - {b"ready"})
        parent.kill()
    deadline = time.monotonic() + 20
    while _is_alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z" or os.getpid() == process
