"""Jobs of a real SLURM, on this machine and with a trainer that takes moments."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_slurm import SmallSlurm, small_slurm, why_not
from toy_trainer import ToyTrainer

from spawnnet_config import ConfigError
from spawnnet_jobs.places import prepared_run
from spawnnet_jobs.slurm import programs
from spawnnet_jobs.slurm.config import slurm_config
from spawnnet_jobs.slurm.files import SubmittedRun
from spawnnet_jobs.slurm.status import Status, statuses
from spawnnet_jobs.slurm.submission import Evaluation, Submission
from spawnnet_jobs.slurm.training import submit_runs
from spawnnet_jobs.sweeps.planned import Sweep
from spawnnet_jobs.sweeps.submitted import submit_sweep
from spawnnet_record.run_record import RunRecord

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
REQUEUE = slurm_config(None, ["requeue=true"])


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSlurm]:
    try:
        with small_slurm(tmp_path_factory.mktemp("slurm") / "slurm", gpus=2) as running:
            yield running
    except PermissionError as error:
        pytest.skip(f"no devices can be made here, {error}")


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    train = {"lr": 0.1, "updates": 6, "pause": 0.2} | changes.pop("train", {})
    return ToyTrainer().complete({"output": str(folder), "train": train, **changes})


def submission(folder: Path, asked: str = "", **changes: Any) -> Submission:
    config = slurm_config(None, [asked] if asked else [])
    return Submission(ToyTrainer.command, settings(folder, **changes), config)


def status(run: SubmittedRun) -> Status:
    (found,) = statuses(run.directory.path)
    return found


def wait_for(run: SubmittedRun, updates: int) -> None:
    until = time.monotonic() + 60
    while len(RunRecord(run.directory).metrics()) < updates:
        assert time.monotonic() < until, status(run)
        time.sleep(0.05)


def losses(run: SubmittedRun) -> list[tuple[int, float]]:
    return [(row["update"], row["train/loss"]) for row in RunRecord(run.directory).metrics()]


def expected_losses(updates: int) -> list[tuple[int, Any]]:
    return [(n, pytest.approx(0.8 ** (2 * n))) for n in range(1, updates + 1)]


def test_a_submitted_run_waits_runs_and_is_finished(slurm: SmallSlurm, tmp_path: Path) -> None:
    run = submission(tmp_path).submit()
    number = run.jobs()["train"]
    assert status(run).state in ("waiting", "running")
    wait_for(run, 2)
    assert status(run).state == "running"
    assert slurm.wait(number) == "COMPLETED"
    assert losses(run) == expected_losses(6)
    assert status(run)[1:4] == ("finished", "6 updates, loss 0.06872", "train 60% held_out 40%")
    assert f"{number}_0_log.out" in {file.name for file in run.folder.iterdir()}


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ("partition=nowhere", "slurm.partition=nowhere: SLURM refuses it, invalid partition"),
        ("mem=9000G", "slurm.mem=9000G: SLURM refuses it, "),
        ("time=soon", "slurm.time=soon: SLURM refuses it, Invalid --time specification"),
        ("cpus=500", "slurm.cpus=500: SLURM refuses it, "),
        ("haste=5", "slurm.haste=5: SLURM refuses it, unrecognized option '--haste=5'"),
    ],
)
def test_what_slurm_refuses_is_one_sentence_and_leaves_nothing(
    slurm: SmallSlurm, tmp_path: Path, asked: str, option: str
) -> None:
    with pytest.raises(ConfigError) as error:
        submission(tmp_path / "runs", asked).submit()
    (problem,) = error.value.problems
    assert problem.startswith(option)
    assert "\n" not in problem
    assert not (tmp_path / "runs").exists()


def test_a_failed_training_cancels_its_evaluation(slurm: SmallSlurm, tmp_path: Path) -> None:
    failing = submission(tmp_path, fails=True)._replace(evaluation=Evaluation(2))
    run = failing.submit()
    jobs = run.jobs()
    assert list(jobs) == ["train", "evaluate", "merge"]
    assert slurm.wait(jobs["train"]) == "FAILED"
    assert slurm.wait(jobs["evaluate"]) == "CANCELLED"
    assert slurm.wait(jobs["merge"]) == "CANCELLED"
    found = status(run)
    assert found.state == "failed"
    assert found.note.startswith("It was asked to fail.; evaluate: ")
    assert found.note.endswith("merge: 1 CANCELLED")


def test_a_preempted_job_goes_back_to_the_queue_and_its_run_goes_on(
    slurm: SmallSlurm, tmp_path: Path
) -> None:
    run = submission(tmp_path, "requeue=true", train={"updates": 12}).submit()
    wait_for(run, 2)
    urgent = ["sbatch", "--parsable", "-p", "urgent", "-c", "4", "-o", "/dev/null"]
    subprocess.run([*urgent, "--wrap", "sleep 1"], check=True, stdout=subprocess.DEVNULL)
    assert slurm.wait(run.jobs()["train"], "PENDING")
    assert status(run).state == "waiting"
    assert slurm.wait(run.jobs()["train"]) == "COMPLETED"
    first, second = run.attempts()
    assert first == 0 < second < 12
    assert losses(run) == expected_losses(12)


def test_a_cancelled_job_keeps_a_checkpoint_and_can_be_requeued(
    slurm: SmallSlurm, tmp_path: Path
) -> None:
    run = submission(tmp_path, "requeue=true").submit()
    number = run.jobs()["train"]
    wait_for(run, 2)
    subprocess.run(["scancel", number], check=True)
    assert slurm.wait(number) == "CANCELLED"
    assert status(run).state == "interrupted"
    subprocess.run(["scontrol", "requeue", number], check=True)
    assert slurm.wait(number, "RUNNING", "COMPLETED")
    assert slurm.wait(number) == "COMPLETED"
    assert len(run.attempts()) == 2
    assert losses(run) == expected_losses(6)


def test_a_run_that_comes_no_further_is_not_begun_again(slurm: SmallSlurm, tmp_path: Path) -> None:
    waits = (sys.executable, "-c", "import time; time.sleep(60)")
    run = SubmittedRun(prepared_run(settings(tmp_path)))
    for _ in range(4):
        run.begin_attempt(0)
    number = submit_runs(waits, [run], REQUEUE, run.folder)
    assert slurm.wait(number, "RUNNING")
    while len(run.attempts()) < 5 or run.heartbeat() is None:
        time.sleep(0.1)
    time.sleep(0.5)  # until there is a process
    subprocess.run(["scancel", "--batch", "--signal=USR2", f"{number}_0"], check=True)
    assert slurm.wait(number) == "FAILED"
    (log,) = run.folder.glob("*.out")
    assert "stopped 5 times without progress, at 0 updates" in log.read_text("utf-8")
    assert status(run)[1::3] == (
        "failed",
        f"job {number}_0 ended as FAILED, its process ended with status -15",
    )


def test_a_folder_that_nodes_do_not_see_is_named(slurm: SmallSlurm, tmp_path: Path) -> None:
    run = submission(tmp_path / "runs", "hold=true").submit()
    number = run.jobs()["train"]
    elsewhere = tmp_path / "elsewhere"
    run.directory.path.rename(elsewhere)  # as if this were another machine
    subprocess.run(["scontrol", "release", number], check=True)
    slurm.wait(number)
    elsewhere.rename(run.directory.path)
    found = status(run)
    assert found.state == "failed"
    assert "nodes that do not see this folder" in found.note


def test_an_array_trains_runs_side_by_side_on_devices_of_their_own(
    slurm: SmallSlurm, tmp_path: Path
) -> None:
    tells = "import os, sys, time; from pathlib import Path; time.sleep(2); "
    tells += "Path(sys.argv[-1], 'device').write_text(os.environ['CUDA_VISIBLE_DEVICES'])"
    runs = [SubmittedRun(prepared_run(settings(tmp_path / f"{index}"))) for index in range(4)]
    config = slurm_config(None, ["gres=gpu:1"])
    command = (sys.executable, "-c", tells)
    number = submit_runs(command, runs, config, tmp_path / "array", parallel=2)
    most = 0
    while slurm.state(number).split().count("COMPLETED") < 4:
        most = max(most, slurm.state(number).split().count("RUNNING"))
        assert "FAILED" not in slurm.state(number)
        time.sleep(0.2)
    assert most == 2
    seen = [(run.directory.path / "device").read_text("utf-8") for run in runs]
    assert sorted(seen[:2]) == ["0", "1"]
    assert [run.jobs()["train"] for run in runs] == [f"{number}_{index}" for index in range(4)]


def test_a_copy_of_a_folder_under_the_same_path_is_not_taken_for_it(
    slurm: SmallSlurm, tmp_path: Path
) -> None:
    run = submission(tmp_path, "hold=true").submit()
    number = run.jobs()["train"]
    run.write_probe("what another submission wrote")
    subprocess.run(["scontrol", "release", number], check=True)
    assert slurm.wait(number) == "FAILED"
    (log,) = run.folder.glob("*.out")
    assert f"{run.directory.path}: " in log.read_text("utf-8")
    assert "set `output` to a folder that all nodes share" in log.read_text("utf-8")
    assert status(run).note == f"job {number} ended as FAILED before it began, see {log}"


def test_a_sweep_is_an_array_whose_finished_runs_are_skipped(
    slurm: SmallSlurm, tmp_path: Path, write_config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write_config(tmp_path / "toy.yaml", {"output": "runs"})
    program, grid = ToyTrainer(), ["lr=0.1,0.2", "seed=0,1"]
    sweep = submit_sweep(program, file, grid, parallel=2)
    assert sweep.job is not None
    assert sweep.submitted == 4
    # What waits or runs is not submitted again.
    assert submit_sweep(program, file, grid).job is None
    assert slurm.wait(sweep.job) == "COMPLETED"
    header, rows = Sweep.planned(program, file, grid).collect().runs()
    numbers = [float(row[header.index("train/loss")]) for row in rows]
    expected = [(seed * factor**3) ** 2 for factor in (0.8, 0.6) for seed in (1, 2)]
    assert numbers == pytest.approx(expected, rel=1e-4)
    more = submit_sweep(program, file, ["lr=0.1,0.3", "seed=0,1"])
    assert more.submitted == 2
    assert slurm.wait(str(more.job)) == "COMPLETED"


@pytest.mark.long
def test_a_time_limit_ends_in_a_checkpoint_and_the_run_goes_on(
    slurm: SmallSlurm, tmp_path: Path
) -> None:
    train = {"updates": 160, "pause": 2, "lr": 0.01}
    run = submission(tmp_path, "requeue=true,time=5,grace=120", train=train).submit()
    assert slurm.wait(run.jobs()["train"], seconds=900) == "COMPLETED"
    first, second = run.attempts()
    assert first == 0 < second < 160
    assert [update for update, _ in losses(run)] == list(range(1, 161))


@pytest.mark.long
@pytest.mark.skipif(bool(why_not(accounting=True)), reason=why_not(accounting=True))
def test_accounts_tell_what_the_queue_has_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "slurm"
    with small_slurm(folder, accounting=True) as slurm:
        run = SubmittedRun(prepared_run(settings(tmp_path)))
        kills = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
        number = submit_runs((sys.executable, "-c", kills), [run], slurm_config(None), run.folder)
        assert slurm.wait(number) == "FAILED"
        assert programs.queued() is not None
        monkeypatch.setattr(programs, "queued", lambda: {})  # as after a few minutes
        until = time.monotonic() + 60
        while status(run).note.startswith(f"job {number}_0 is gone"):
            assert time.monotonic() < until
            time.sleep(0.5)
        assert status(run)[1] == "failed"
        assert status(run).note.startswith(f"job {number}_0 ended as FAILED, no sign of life since")
