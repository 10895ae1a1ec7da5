"""Run a configuration from start to end, or go on with a run that was stopped."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from spawnnet_train.algorithms.algorithm import Algorithm
from spawnnet_train.algorithms.registry import algorithm_class
from spawnnet_train.config.errors import building
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.record.console import Console
from spawnnet_train.record.curves import write_curves
from spawnnet_train.record.files import write_json
from spawnnet_train.record.metrics import MetricsLog, MetricsLogs
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.record.run_lock import running
from spawnnet_train.record.run_record import RunRecord
from spawnnet_train.record.success_curve import log_picture
from spawnnet_train.record.wandb_log import WandbLog
from spawnnet_train.rollouts.evaluated import Evaluated, record_evaluation
from spawnnet_train.rollouts.evaluation import write_results
from spawnnet_train.rollouts.splits import Evaluator, show_results
from spawnnet_train.runs.loading import dump_yaml, load_config
from spawnnet_train.runs.machine import prepare_torch, resolve
from spawnnet_train.runs.overview import describe, random_weights_notice
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.runs.training import INTERRUPTED, Training
from spawnnet_train.student.create import create_student
from spawnnet_train.student.student import Student


def run(config: RunConfig, console: Console | None = None) -> RunDirectory:
    """Train as `config` says and return the directory of the run.

    Args:
        config: From `load_config`.
        console: Shows what happens; by default at the terminal.

    Raises:
        ConfigError: If what the configuration names does not exist or does not fit.
        KeyboardInterrupt: If the user stops it; `resume` goes on.
    """
    device = prepare_torch(config)
    config = resolve(config, device)
    with closing(open_algorithm(config)) as algorithm:
        student = create_student(config, algorithm.spec, device)
        directory = RunDirectory.create(config.output, config.experiment, dump_yaml(config))
        algorithm.spec.save(directory.spec)
        launch = _Launch(config, algorithm, student, directory, console or Console())
        with running(directory):
            launch.go(is_resumed=False)
    return directory


def resume(path: Path | str, console: Console | None = None) -> RunDirectory:
    """Go on with a run that was stopped; of a finished one nothing is repeated but its rollouts.

    Args:
        path: A run directory.
        console: Shows what happens; by default at the terminal.

    Raises:
        ConfigError: If there is no run, it cannot be resumed, or is still running.
        KeyboardInterrupt: As `run`.
    """
    directory = RunDirectory.open(Path(path))
    with running(directory):
        config = load_config(directory.config)
        device = prepare_torch(config)
        with closing(open_algorithm(config)) as algorithm:
            student = create_student(config, algorithm.spec, device)
            launch = _Launch(config, algorithm, student, directory, console or Console())
            launch.go(is_resumed=True)
    return directory


def open_algorithm(config: RunConfig) -> Algorithm[Any]:
    """Open what a run learns from.

    Raises:
        ConfigError: If it is missing or does not fit.
    """
    with building(""):
        return algorithm_class(config.algorithm.name).open(config.algorithm, config)


class _Launch:
    """A run that is built, ready to go."""

    def __init__(
        self,
        config: RunConfig,
        algorithm: Algorithm[Any],
        student: Student,
        run: RunDirectory,
        console: Console,
    ) -> None:
        self._config, self._algorithm, self._student = config, algorithm, student
        self._run, self._console = run, console

    def go(self, *, is_resumed: bool) -> None:
        """Train to the end, and say how to go on if that is interrupted."""
        try:
            self._go(is_resumed)
        except KeyboardInterrupt:
            places = {**self._places(), "go on with": f"spawnnet-train resume {self._run.path}"}
            self._console.paths("Interrupted; what there is so far", places)
            raise

    def _go(self, is_resumed: bool) -> None:
        """Train to the end, draw the curves, and roll out the student that came out."""
        config, run = self._config, self._run
        facts = {
            **self._algorithm.describe(),
            **describe(config, self._algorithm.spec, self._student),
        }
        self._console.header(f"{config.algorithm.name} in {run.path}", facts)
        random_weights_notice(self._student, self._console)
        training = Training(config, self._algorithm, self._student, run=run, console=self._console)
        self._train(training, training.restore() if is_resumed else None)
        write_curves(run.metrics, run.curves)
        if config.simulation is not None:
            self._roll_out()
        write_json(run.result, RunRecord(run).result())
        self._console.paths("Look at", self._places())

    def _train(self, training: Training, resumed_at: int | None) -> None:
        config, run = self._config, self._run
        with (
            MetricsLog(run.metrics, run.tensorboard, resumed_at=resumed_at) as metrics,
            WandbLog(config.wandb, config.experiment, run.path) as wandb,
        ):
            try:
                training.run_all(MetricsLogs([metrics, wandb]))
            except KeyboardInterrupt:
                training.save(INTERRUPTED)
                raise

    def _roll_out(self) -> None:
        """Evaluate the best student where one was chosen, else the last."""
        name = RunRecord(self._run).chosen_checkpoint()
        facts = load_checkpoint(self._run.checkpoints / name, self._student)
        evaluator = Evaluator(self._config, self._run, self._console)
        episodes = evaluator.evaluate(self._student, name)
        write_results(self._run.evaluation, episodes)
        student = Evaluated(name, facts["period"], self._config.evaluation.seed)
        record_evaluation(self._run, student, episodes)
        log_picture(self._run.tensorboard, "success", self._run.success)
        show_results(self._console, episodes)

    def _places(self) -> dict[str, str]:
        """Return where to look, and with what."""
        run = self._run
        simulated = {
            "videos": f"{run.videos}",
            "attention": f"{run.attention}",
            "results": f"{run.evaluation}",
            "success by round": f"{run.success}",
            "evaluate again": f"spawnnet-train eval {run.path}",
        }
        return {
            "checkpoints": f"{run.checkpoints}",
            **(simulated if self._config.simulation is not None else {}),
            "learning curves": f"tensorboard --logdir {run.tensorboard}",
            "predictions": f"spawnnet-train visualize {run.path}",
        }
