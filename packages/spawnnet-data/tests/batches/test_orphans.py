import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = """
import os, time
from torch.utils.data import DataLoader, Dataset
from spawnnet_data.batches.loading import _workers_context
from spawnnet_data.batches.orphans import end_with_parent

class Numbers(Dataset):
    def __len__(self):
        return 100

    def __getitem__(self, index):
        return os.getpid()

if __name__ == "__main__":
    loader = DataLoader(Numbers(), batch_size=1, num_workers=2, worker_init_fn=end_with_parent,
                        multiprocessing_context=_workers_context())
    batches = iter(loader)
    print(*{int(next(batches)) for _ in range(4)}, flush=True)
    time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_end_within_seconds_when_their_parent_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    parent = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(word) for word in parent.stdout.readline().split()]
    assert len(workers) == 2
    assert all(map(is_running, workers))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 30
    while any(map(is_running, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    parent.stdout.close()
