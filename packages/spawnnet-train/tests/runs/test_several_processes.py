"""One, two and three processes train the same student on the same batches."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import several_processes
import torch
from safetensors.torch import load_file
from small_runs import DAGGER

from spawnnet_record.metrics import read_metrics
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import find_runs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks")

R3M = {"name": "r3m", "backbone": {"model": "test_resnet", "weights": "random"}}
# 18 samples in batches of 8, 8 and 2: of three processes one has nothing of the last.
EPOCHS = 7
Scenario = Callable[..., dict[str, Any]]


def run_of(folder: Path) -> RunDirectory:
    (found,) = find_runs(folder)
    return found.directory


def weights(run: RunDirectory, name: str = "final") -> dict[str, torch.Tensor]:
    return load_file(run.checkpoints / f"{name}.safetensors")


def numbers(run: RunDirectory) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_metrics(run.metrics)]


def assert_close(found: RunDirectory, expected: RunDirectory, tolerance: float = 1e-5) -> None:
    pairs = list(zip(numbers(found), numbers(expected), strict=True))
    for one, other in pairs:
        assert one == pytest.approx(other, rel=tolerance, abs=tolerance, nan_ok=True)
    ours, theirs = weights(found), weights(expected)
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        torch.testing.assert_close(ours[name], tensor, rtol=tolerance, atol=tolerance)


@pytest.fixture(scope="module")
def scenario(
    tmp_path_factory: pytest.TempPathFactory,
    demonstrations: Path,
    cloning_settings: Callable[[Path], dict[str, Any]],
    write_config: Callable[[Path, Mapping[str, Any]], Path],
) -> Scenario:
    """Makes scenarios whose runs are below `name<processes>` of a folder."""
    folder = tmp_path_factory.mktemp("several")
    cloning = cloning_settings(demonstrations)
    cloning["algorithm"]["epochs"] = EPOCHS
    square = copy.deepcopy(cloning)  # whole strides of the network
    square["algorithm"]["demonstrations"]["keys"]["image_size"] = [32, 32]
    files = {
        "bc": write_config(folder / "bc.yaml", cloning),
        "r3m": write_config(folder / "r3m.yaml", {**square, "encoder": R3M}),
        "dagger": write_config(folder / "dagger.yaml", shared_dagger()),
    }

    def make(name: str, processes: int, **more: Any) -> dict[str, Any]:
        place = f"output={folder / f'{name}{processes}'}"
        return {"config": str(files[name]), "set": [place], "processes": processes, **more}

    return make


@pytest.fixture(scope="module")
def folder(scenario: Scenario) -> Path:
    """A folder with runs of both algorithms in several processes and in one."""
    cloning = [scenario("bc", processes) for processes in (1, 2, 3)]
    return run_scenarios([*cloning, scenario("dagger", 1), scenario("dagger", 2)])


@pytest.fixture(scope="module")
def more(folder: Path, scenario: Scenario) -> Path:
    """The same folder with runs that were interrupted, and with shared batch statistics."""
    stopped = scenario("bc", 2, interrupt=[1, 7])
    normalized = [scenario("r3m", processes) for processes in (1, 3)]
    run_scenarios([{**stopped, "set": [f"output={folder / 'stopped2'}"]}, *normalized])
    shutil.copytree(folder / "stopped2", folder / "regrouped3", symlinks=True)
    on = [("stopped2", 2), ("regrouped3", 3)]
    run_scenarios(
        [
            {"resume": str(folder / name), "processes": n, "config": stopped["config"]}
            for name, n in on
        ]
    )
    return folder


def shared_dagger() -> dict[str, Any]:
    """Return settings of three environments, of which two processes have one and two."""
    simulation = {**DAGGER["simulation"], "cabinets": {"count": 3}}
    algorithm = {**DAGGER["algorithm"], "warmup_episodes": 6, "replay": {"capacity_episodes": 7}}
    targets = {"names": ["handle_offset"], "weight": 0.5}
    student = {**DAGGER["student"], "privileged_targets": targets}
    return {**DAGGER, "simulation": simulation, "algorithm": algorithm, "student": student}


def run_scenarios(scenarios: list[dict[str, Any]]) -> Path:
    """Run scenarios one after the other and return the folder of their configurations."""
    folder = Path(scenarios[0]["config"]).parent
    (folder / "scenarios.json").write_text(json.dumps(scenarios))
    program = [sys.executable, several_processes.__file__, str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-5000:]
    return folder


@pytest.mark.parametrize("processes", [2, 3])
def test_cloning_comes_to_the_same(folder: Path, processes: int) -> None:
    found, expected = run_of(folder / f"bc{processes}"), run_of(folder / "bc1")
    updates = [row for row in numbers(expected) if "update/loss" in row]
    assert updates[-1]["update"] == 3 * EPOCHS
    assert_close(found, expected)


@pytest.mark.long
def test_batches_are_normalised_over_all_processes(more: Path) -> None:
    found, expected = run_of(more / "r3m3"), run_of(more / "r3m1")
    assert any("running_mean" in name for name in weights(found))
    assert_close(found, expected, tolerance=3e-5)


def test_dagger_comes_to_the_same(folder: Path) -> None:
    assert_close(run_of(folder / "dagger2"), run_of(folder / "dagger1"), tolerance=1e-4)


def test_the_first_process_alone_writes(folder: Path) -> None:
    alone, run = run_of(folder / "dagger1"), run_of(folder / "dagger2")
    names = {path.relative_to(run.path) for path in run.path.rglob("*") if path.is_file()}
    others = {path.relative_to(alone.path) for path in alone.path.rglob("*") if path.is_file()}
    assert names - others == {Path("logs/rank1.log")}
    assert len(find_runs(folder / "dagger2")) == 1
    assert "dagger in" in (run.path / "logs" / "rank1.log").read_text()


@pytest.mark.long
def test_one_process_that_is_interrupted_stops_all_and_they_go_on_exactly(more: Path) -> None:
    stopped = run_of(more / "stopped2")
    assert json.loads((stopped.checkpoints / "interrupted.json").read_text())["updates"] == 8
    expected = run_of(more / "bc2")
    assert numbers(stopped) == numbers(expected)
    ours = weights(stopped)
    assert all(torch.equal(ours[name], t) for name, t in weights(expected).items())


@pytest.mark.long
def test_what_two_processes_began_three_go_on_with(more: Path) -> None:
    assert_close(run_of(more / "regrouped3"), run_of(more / "bc1"))
