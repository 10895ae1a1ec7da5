"""Runs on a real SLURM: trained, stopped, gone on with, and evaluated in chunks."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from small_slurm import SmallSlurm, small_slurm, why_not

from spawnnet_jobs.chunks.chunk import Chunk
from spawnnet_jobs.slurm.files import SubmittedRun
from spawnnet_jobs.slurm.status import find_all_runs, statuses
from spawnnet_jobs.terminal.console import Console
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord
from spawnnet_train.runs.chunked import evaluate_chunk, merge_chunks

pytest.importorskip("submitit")
pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
PATIENCE = 900.0  # seconds; torch alone may take many to be imported where others work


@pytest.fixture
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSlurm]:
    with small_slurm(tmp_path_factory.mktemp("slurm") / "slurm", nodes=2) as running:
        yield running


def submit(file: Path, output: Path, *options: str) -> SubmittedRun:
    command = [sys.executable, "-m", "spawnnet_train", "submit", str(file)]
    subprocess.run([*command, "--set", f"output={output}", *options], check=True)
    (run,) = find_all_runs(output)
    return SubmittedRun(run.directory)


def test_a_run_is_trained_evaluated_in_chunks_and_merged(
    dagger: Any, slurm: SmallSlurm, tmp_path: Path, quiet: Console
) -> None:
    chunks = ("--eval-chunks", "2", "--episodes-per-cabinet", "2", "--eval-checkpoint", "final")
    run = submit(dagger.file, tmp_path / "runs", *chunks)
    jobs = run.jobs()
    assert slurm.wait(jobs["merge"], seconds=PATIENCE) == "COMPLETED", statuses(tmp_path)
    assert {slurm.state(jobs[name]) for name in ("train", "merge")} == {"COMPLETED"}
    (found,) = statuses(tmp_path)
    assert found.state == "finished"
    folder = run.directory.evaluation / "final_seed_0"
    merged = {name: (folder / name).read_text("utf-8") for name in ("episodes.csv", "summary.csv")}
    for part in (folder / "chunks").iterdir():
        part.unlink()
    evaluate_chunk(run.directory.path, Chunk(1, 1), quiet, checkpoint="final", per_cabinet=2)
    assert merge_chunks(run.directory.path, quiet) == [folder]
    assert {name: (folder / name).read_text("utf-8") for name in merged} == merged
    same = (folder / "../summary.csv").read_text("utf-8")
    assert same == (dagger.run.evaluation / "summary.csv").read_text("utf-8")


@pytest.mark.long
def test_a_cancelled_run_that_is_requeued_comes_to_the_same_numbers(
    demonstrations: Path,
    cloning_settings: Callable[[Path], dict[str, Any]],
    write_config: Callable[[Path, Mapping[str, Any]], Path],
    metrics: Callable[[RunDirectory], list[dict[str, Any]]],
    slurm: SmallSlurm,
    tmp_path: Path,
) -> None:
    settings = cloning_settings(demonstrations)
    settings["algorithm"]["epochs"] = 80
    file = write_config(tmp_path / "long.yaml", settings)
    undisturbed = submit(file, tmp_path / "undisturbed")
    stopped = submit(file, tmp_path / "stopped", "--slurm", "requeue=true")
    number = stopped.jobs()["train"]
    until = time.monotonic() + PATIENCE
    while len(RunRecord(stopped.directory).metrics()) < 8:
        assert time.monotonic() < until, statuses(tmp_path)
        assert slurm.state(number) in ("PENDING", "RUNNING"), statuses(tmp_path)
        time.sleep(0.1)
    subprocess.run(["scancel", number], check=True)
    assert slurm.wait(number, seconds=PATIENCE) == "CANCELLED"
    assert RunRecord(stopped.directory).state().name == "interrupted"
    subprocess.run(["scontrol", "requeue", number], check=True)
    slurm.wait(number, "RUNNING", "COMPLETED", seconds=PATIENCE)
    for run in (stopped, undisturbed):
        assert slurm.wait(run.jobs()["train"], seconds=PATIENCE) == "COMPLETED"
    first, second = stopped.attempts()
    assert first == 0 < second < 240
    assert metrics(stopped.directory) == metrics(undisturbed.directory)


@pytest.mark.long
@pytest.mark.parametrize("asked", ["processes=2", "nodes=2"])
def test_two_processes_of_a_job_come_to_the_numbers_of_one_without_a_cluster(
    cloned: Any,
    metrics: Callable[[RunDirectory], list[dict[str, Any]]],
    slurm: SmallSlurm,
    tmp_path: Path,
    asked: str,
) -> None:
    run = submit(cloned.file, tmp_path / "runs", "--slurm", asked)
    state = slurm.wait(run.jobs()["train"], seconds=PATIENCE)
    assert state == "COMPLETED", statuses(tmp_path)
    assert (run.directory.path / "logs" / "rank1.log").is_file()
    for found, expected in zip(metrics(run.directory), metrics(cloned.run), strict=True):
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-5, nan_ok=True)


@pytest.mark.long
def test_processes_of_several_nodes_meet_on_the_first_one(
    slurm: SmallSlurm, tmp_path: Path
) -> None:
    (tmp_path / "meets.py").write_text(MEETS, "utf-8")
    file = tmp_path / "job.sh"
    python = f"cd {tmp_path}; {sys.executable} -c '{STARTS}'"
    file.write_text(f"#!/bin/bash\n{python}\n", "utf-8")
    asked = ["--nodes=2", "--ntasks-per-node=1", f"--output={tmp_path}/log.txt"]
    done = subprocess.run(
        ["sbatch", "--parsable", *asked, str(file)], check=True, capture_output=True, text=True
    )
    state = slurm.wait(done.stdout.strip(), seconds=PATIENCE)
    assert state == "COMPLETED", (tmp_path / "log.txt").read_text("utf-8")
    said = (tmp_path / "log.txt").read_text("utf-8").splitlines()
    assert sorted(line for line in said if line.startswith("rank")) == [
        f"rank {rank} of 4: 6.0" for rank in range(4)
    ]


MEETS = """
import torch
from torch import distributed

distributed.init_process_group("gloo")
number = torch.tensor(float(distributed.get_rank()))
distributed.all_reduce(number)
rank, size = distributed.get_rank(), distributed.get_world_size()
print(f"rank {rank} of {size}: {float(number)}", flush=True)
distributed.destroy_process_group()
"""
STARTS = """
import os, subprocess, sys
from spawnnet_jobs.slurm.launcher import as_processes
nodes, job = int(os.environ["SLURM_JOB_NUM_NODES"]), os.environ["SLURM_JOB_ID"]
sys.exit(subprocess.call(as_processes([sys.executable, "-m", "meets"], 2, nodes, job)))
"""
