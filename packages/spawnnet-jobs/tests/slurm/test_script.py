import subprocess
import sys
from pathlib import Path

import pytest

from spawnnet_config import ConfigError
from spawnnet_jobs.slurm.config import SlurmConfig
from spawnnet_jobs.slurm.script import Job, script

JOB = Job("x-train", ["/my python", "-m", "m", "$((SLURM_ARRAY_TASK_ID + 1))/3"], Path("/runs"))


def options(text: str) -> dict[str, str]:
    lines = [line.removeprefix("#SBATCH --") for line in text.splitlines() if "#SBATCH" in line]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def test_a_script_asks_for_what_is_configured() -> None:
    config = SlurmConfig(gres="gpu:2", cpus=6, nodes=2, grace=60, options={"nice": 5, "hold": True})
    found = options(script(JOB, config))
    assert (
        found.items()
        >= {
            "gres": "gpu:2",
            "cpus-per-task": "6",
            "nodes": "2",
            "ntasks-per-node": "1",
            "signal": "B:USR2@60",
            "nice": "5",
            "hold": "",
            "no-requeue": "",
            "output": "/runs/%j_0_log.out",
        }.items()
    )
    assert not {"time", "partition", "array", "dependency", "wckey"} & found.keys()


def test_an_array_waits_for_the_job_before_it_and_goes_with_it() -> None:
    job = JOB._replace(tasks=3, parallel=2, after="12")
    found = options(script(job, SlurmConfig(requeue=True)))
    assert (
        found.items()
        >= {
            "array": "0-2%2",
            "dependency": "afterok:12",
            "kill-on-invalid-dep": "yes",
            "requeue": "",
        }.items()
    )


def test_a_job_that_follows_another_waits_for_that_whatever_the_first_waits_for() -> None:
    config = SlurmConfig(options={"dependency": "afterany:7:8", "nice": 5})
    assert options(script(JOB, config))["dependency"] == "afterany:7:8"
    found = options(script(JOB._replace(after="12"), config))
    assert found.items() >= {"dependency": "afterok:12", "nice": "5"}.items()


def test_the_command_is_plain_and_runs_in_any_shell(tmp_path: Path) -> None:
    says = "import sys; print(sys.argv[1:])"
    job = JOB._replace(
        command=[sys.executable, "-c", says, "a b", "$((SLURM_ARRAY_TASK_ID + 1))/3"]
    )
    environment = {"SLURM_ARRAY_TASK_ID": "1"}
    done = subprocess.run(
        ["bash", "--norc", "-c", script(job, SlurmConfig())],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert done.stdout == "['a b', '2/3']\n"


def test_a_missing_library_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit.slurm.slurm", None)
    with pytest.raises(ConfigError, match=r"pip install 'spawnnet-jobs\[slurm\]'"):
        script(JOB, SlurmConfig())
