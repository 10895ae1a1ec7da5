"""DAgger in the paper's scene over what stands in for Isaac Gym; its worker dies on the way."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_runs import DAGGER

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.run_record import RunRecord, find_runs
from spawnnet_sim import IsaacGymConfig, WorkerError
from spawnnet_sim.isaacgym.assets import ORIGINAL_NAMES, ROBOT_FILE
from spawnnet_sim.isaacgym.urdf import joint_name, robot_urdf
from spawnnet_sim.robots.original_panda import original_panda
from spawnnet_train.learning.learner import Learner
from spawnnet_train.runs.launch import resume, run
from spawnnet_train.runs.loading import load_config

ROOT = Path(__file__).parents[5]
STAND_IN = ROOT / "packages" / "spawnnet-sim" / "tests" / "isaacgym" / "stand_in"
PYTHON = os.environ.get("SPAWNNET_PYTHON38", sys.executable)


@pytest.fixture(autouse=True)
def _stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def engine(tmp_path: Path) -> dict[str, Any]:
    """Settings of the engine, with a robot of the original's names in place of its own."""
    robot = original_panda(0.5)
    names = {"root": "root"} | {ours: theirs for ours, (theirs, _) in ORIGINAL_NAMES.items()}
    links = tuple(
        replace(link, name=names[link.name], parent=names[link.parent]) for link in robot.links
    )
    text = robot_urdf(replace(robot, links=links, hand=names["hand"]))
    for theirs, joint in ORIGINAL_NAMES.values():
        text = text.replace(f'"{joint_name(theirs)}"', f'"{joint or theirs}"')
    file = tmp_path / "assets" / ROBOT_FILE
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return {"name": "isaacgym", "python": PYTHON, "assets": str(tmp_path / "assets")}


def worker() -> int:
    """Return the process of the worker."""
    (found,) = (
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if _parent(folder) == os.getpid() and b"worker/main.py" in (folder / "cmdline").read_bytes()
    )
    return found


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has just ended
        return 0


@pytest.fixture
def dies_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kill the worker at the first update of round 1."""
    update, count = Learner.update, iter(range(10**6))

    def counting(self: Learner, *arguments: Any) -> Any:
        if next(count) == DAGGER["algorithm"]["updates_per_round"]:
            os.kill(worker(), signal.SIGKILL)
        return update(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "update", counting)
        yield


def test_a_run_whose_worker_died_is_readable_and_goes_on(
    engine: dict[str, Any],
    write_config: Callable[[Path, Mapping[str, Any]], Path],
    dies_once: None,
    quiet: Console,
    tmp_path: Path,
) -> None:
    settings = {
        **DAGGER,
        "simulation": {**DAGGER["simulation"], "engine": engine, "scene": "original"},
        "evaluation": {"splits": ["held_out"], "held_out_episodes": 1},
        "output": str(tmp_path / "runs"),
    }
    file = write_config(tmp_path / "isaac.yaml", settings)
    with pytest.raises(WorkerError, match=r"died in 'place' \(signal SIGKILL\)"):
        run(load_config(file), quiet)
    (record,) = find_runs(tmp_path / "runs")
    rows = record.directory.metrics.read_text().splitlines()
    assert json.loads(rows[-1])
    result = RunRecord(resume(record.directory.path, quiet)).result()
    assert result["update"] == 15
    assert 0 <= result["success/held_out"] <= 1


def test_one_line_changes_the_engine_of_the_paper_s_files(engine: dict[str, Any]) -> None:
    file = ROOT / "configs" / "paper" / "drawer" / "spawnnet_dino.yaml"
    config = load_config(file, [f"simulation.engine={json.dumps(engine)}"])
    assert config.simulation is not None
    assert isinstance(config.simulation.engine, IsaacGymConfig)
    assert config.simulation.scene == "original"
