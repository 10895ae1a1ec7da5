"""Whoever is killed, and wherever: the other one says so or ends, and nothing is left."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import IsaacGymConfig, WorkerError, generate_cabinets
from spawnnet_sim.isaacgym.isaacgym_physics import IsaacGymPhysics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import PANDA

# Where to stop, and the call that the worker is in then.
PLACES = {
    "start": "create_sim",
    "reset": "set_dof_state_tensor_indexed",
    "step": "simulate",
    "render": "render_all_camera_sensors",
}
EVERYWHERE = pytest.mark.skipif(
    "SPAWNNET_PYTHON38" not in os.environ, reason="each starts a worker: `nox -s isaacgym`"
)
SCENE = Scene(PANDA, generate_cabinets("drawer-train-v1", 1), ("left",), (4, 6))
MASK, HOME = np.ones(1, bool), PANDA.home[None]


def cells(of_every_run: str) -> list[Any]:
    return [
        place if place == of_every_run else pytest.param(place, marks=EVERYWHERE)
        for place in PLACES
    ]


def act(physics: IsaacGymPhysics, place: str) -> None:
    if place == "reset":
        physics.reset(MASK, HOME)
    elif place == "step":
        physics.step(HOME[:, :9], np.zeros((1, 2)))
    else:
        physics.render()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def memories(pid: int) -> set[int]:
    """Return the numbers of the files without a name that a process holds: memory, and a log."""
    try:
        files = list(Path(f"/proc/{pid}/fd").iterdir())
        return {file.stat().st_ino for file in files if "memfd:spawnnet" in str(file.readlink())}
    except OSError:  # it has just ended
        return set()


def wait_until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("place", cells("render"))
def test_a_worker_that_is_killed_is_named(
    place: str, engine: IsaacGymConfig, stands_in: Callable[..., Any], tmp_path: Path
) -> None:
    mark = tmp_path / "now"
    pids: list[int] = []

    def kill() -> None:
        wait_until(lambda: bool(pids) and mark.exists(), 300)
        time.sleep(0.3)
        os.kill(pids[0], signal.SIGKILL)

    with stands_in(hang=PLACES[place], once=str(mark)), pytest.MonkeyPatch.context() as patch:
        note = IsaacGymPhysics._start

        def start(self: IsaacGymPhysics, described: Any) -> Any:
            pids.append(self._worker.pid)
            return note(self, described)

        patch.setattr(IsaacGymPhysics, "_start", start)
        threading.Thread(target=kill, daemon=True).start()
        if place == "start":
            mark.touch()
            with pytest.raises(WorkerError, match=r"died in '(load|create)' \(signal SIGKILL\)"):
                IsaacGymPhysics(SCENE, engine)
        else:
            with closing(IsaacGymPhysics(SCENE, engine)) as physics:
                mark.touch()
                command = {"reset": "place"}.get(place, place)
                with pytest.raises(WorkerError, match=rf"died in '{command}' \(signal SIGKILL\)"):
                    act(physics, place)
    assert not is_running(pids[0])


PROGRAM = """
import sys
import numpy as np
from pathlib import Path
from spawnnet_sim import IsaacGymConfig, generate_cabinets
from spawnnet_sim.isaacgym.isaacgym_physics import IsaacGymPhysics
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import PANDA

python, place, folder = sys.argv[1:]
tell = IsaacGymPhysics._start
def start(self, described):
    Path(folder, "pid").write_text(str(self._worker.pid))
    return tell(self, described)
IsaacGymPhysics._start = start
mark = Path(folder, "now")
if place == "start":
    mark.touch()
scene = Scene(PANDA, generate_cabinets("drawer-train-v1", 1), ("left",), (4, 6))
physics = IsaacGymPhysics(scene, IsaacGymConfig(python=python))
mark.touch()
if place == "reset":
    physics.reset(np.ones(1, bool), PANDA.home[None])
elif place == "step":
    physics.step(PANDA.home[None, :9], np.zeros((1, 2)))
else:
    physics.render()
"""


@pytest.mark.parametrize("place", cells("step"))
def test_a_worker_ends_with_the_process_that_started_it(
    place: str, python: str, stands_in: Callable[..., Any], tmp_path: Path
) -> None:
    with stands_in(hang=PLACES[place], once=str(tmp_path / "now")):
        parent = subprocess.Popen([sys.executable, "-c", PROGRAM, python, place, str(tmp_path)])
        wait_until(lambda: (tmp_path / "now").exists() and (tmp_path / "pid").exists(), 300)
        time.sleep(1.0)
        worker = int((tmp_path / "pid").read_text())
        assert is_running(worker)
        shared = memories(worker)
        assert shared
        parent.kill()
        parent.wait()
    wait_until(lambda: not is_running(worker), 10)
    processes = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    assert not any(shared & memories(each) for each in processes)


@EVERYWHERE
def test_a_worker_that_hangs_is_named_in_time_and_ended(
    engine: IsaacGymConfig, stands_in: Callable[..., Any], tmp_path: Path
) -> None:
    mark = tmp_path / "now"
    with (
        stands_in(hang="simulate", once=str(mark)),
        closing(IsaacGymPhysics(SCENE, engine)) as physics,
    ):
        physics._config = replace(engine, timeout=1.0)
        mark.touch()
        before = time.monotonic()
        with pytest.raises(WorkerError, match=r"did not answer 'step' within 1 s"):
            act(physics, "step")
        assert time.monotonic() - before < 10
        assert not is_running(physics._worker.pid)
