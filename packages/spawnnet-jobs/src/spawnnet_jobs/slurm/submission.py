"""A run handed to SLURM: its directory is made at once, and jobs train and evaluate in it later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Self

from spawnnet_config import ConfigError
from spawnnet_jobs.places import prepared_run
from spawnnet_jobs.program import Program
from spawnnet_jobs.slurm import programs
from spawnnet_jobs.slurm.config import SlurmConfig, slurm_config
from spawnnet_jobs.slurm.files import SubmittedRun
from spawnnet_jobs.slurm.script import Job, script
from spawnnet_jobs.slurm.training import (
    TRAIN,
    submit_job,
    training_job,
    write_jobs,
    write_probe,
)
from spawnnet_record.run_directory import RunDirectory

EVALUATE, MERGE = "evaluate", "merge"
_WAITS_FOR = {EVALUATE: TRAIN, MERGE: EVALUATE}


class Evaluation(NamedTuple):
    """An evaluation that follows the training, in jobs of its own.

    Attributes:
        chunks: Tasks over which the cabinets are divided.
        options: Further ones of `eval`.
    """

    chunks: int
    options: Sequence[str] = ()


class Submission(NamedTuple):
    """What is to be done on a cluster.

    Attributes:
        command: Starts the trainer.
        settings: Complete ones of the run.
        asked: What is asked of SLURM for the training.
        evaluation: What follows the training; None for nothing.
    """

    command: Sequence[str]
    settings: Mapping[str, Any]
    asked: SlurmConfig
    evaluation: Evaluation | None = None

    @classmethod
    def of(
        cls,
        program: Program,
        file: Path,
        overrides: Sequence[str] = (),
        asked: Sequence[str] = (),
        evaluation: Evaluation | None = None,
    ) -> Self:
        """Return what a configuration file asks for.

        Args:
            program: The trainer.
            file: A YAML file.
            overrides: `path=value` each.
            asked: `option=value,...` each, on top of `slurm` in the file.
            evaluation: What follows the training; None for nothing.

        Raises:
            ConfigError: If the run cannot be made, or there is nothing to evaluate it in.
        """
        settings = program.complete({"experiment": file.stem, **program.read(file)}, overrides)
        if evaluation and settings.get("simulation") is None:
            raise ConfigError(["simulation: is required, to know where to evaluate the student."])
        config = slurm_config(settings.get("slurm"), asked)
        return cls(program.command, settings, config, evaluation)

    def scripts(self) -> dict[str, str]:
        """Return the scripts by what they do; nothing is made or submitted."""
        place = Path(self.settings["output"]).absolute() / self.settings["experiment"] / "<time>"
        run = SubmittedRun(RunDirectory(place))
        jobs = {TRAIN: training_job(self.command, [run], self.asked, "<probe>"), **self._rest(run)}
        return {
            name: script(_after(job, f"<{_WAITS_FOR.get(name, '')}>"), self._asked(name))
            for name, job in jobs.items()
        }

    def submit(self) -> SubmittedRun:
        """Submit the training and the evaluation that follows it.

        Raises:
            ConfigError: If SLURM refuses a job; no other job of the run is in the queue then.
        """
        programs.check_installed(f"{' '.join(self.command)} run")
        programs.check(self.scripts()[TRAIN])  # before anything is made
        run = SubmittedRun(prepared_run(self.settings))
        job = training_job(self.command, [run], self.asked, write_probe([run]))
        numbers: dict[str, str] = {}
        try:
            for name, each in {TRAIN: job, **self._rest(run)}.items():
                waiting = _after(each, numbers.get(_WAITS_FOR.get(name, ""), ""))
                numbers[name] = submit_job(waiting, self._asked(name), run.folder / f"{name}.sh")
                write_jobs(run, numbers, self.asked)
        except BaseException:  # Ctrl-C, too
            programs.cancel(numbers.values())
            raise
        return run

    def _rest(self, run: SubmittedRun) -> dict[str, Job]:
        """Return what follows the training, in its order."""
        if self.evaluation is None:
            return {}
        path, chunks = run.directory.path, self.evaluation.chunks
        start, name = [*self.command, "eval", str(path)], path.parent.name
        part = ["--chunk", f"$((SLURM_ARRAY_TASK_ID + 1))/{chunks}", *self.evaluation.options]
        return {
            EVALUATE: Job(f"{name}-{EVALUATE}", [*start, *part], run.folder, chunks),
            MERGE: Job(f"{name}-{MERGE}", [*start, "--merge"], run.folder),
        }

    def _asked(self, name: str) -> SlurmConfig:
        """Return what is asked for one of the jobs; those after the training need one node."""
        after = replace(self.asked, nodes=1, processes=1, requeue=False)
        return self.asked if name == TRAIN else after


def _after(job: Job, other: str) -> Job:
    return job._replace(after=other if other.strip("<>") else None)
