"""Run a configuration from start to end, or go on with a run that was stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch

from spawnnet_jobs.terminal.console import Console
from spawnnet_jobs.together.collectives import first_speaks, from_first, join, leave
from spawnnet_jobs.together.output import log_console, process_console
from spawnnet_jobs.together.ranks import is_first, size
from spawnnet_record.curves import write_curves
from spawnnet_record.differences import changed_settings
from spawnnet_record.extras import is_installed
from spawnnet_record.files import write_json
from spawnnet_record.metrics import Log, MetricsLog, MetricsLogs
from spawnnet_record.report.live import recorded
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_lock import running
from spawnnet_record.run_record import RunRecord
from spawnnet_record.tensorboard_log import TensorboardLog, log_picture
from spawnnet_record.wandb_log import WandbLog
from spawnnet_train.algorithms.algorithm import Algorithm
from spawnnet_train.algorithms.registry import algorithm_class
from spawnnet_train.config.errors import building
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.learning.warm_start import warm_start
from spawnnet_train.rollouts.evaluation import write_results
from spawnnet_train.rollouts.splits import show_results
from spawnnet_train.runs.checks import check_seen
from spawnnet_train.runs.loading import dump_yaml, load_config
from spawnnet_train.runs.machine import check_compiler, prepare_torch, resolve, seed_process
from spawnnet_train.runs.overview import describe, logs_notice, random_weights_notice
from spawnnet_train.runs.prediction import record_predictions
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.runs.saved_run import SavedRun
from spawnnet_train.runs.storage import decide_storage
from spawnnet_train.runs.training import INTERRUPTED, Training
from spawnnet_train.runs.versions import create_run
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
    with first_speaks():
        check_compiler(config)
        device = prepare_torch(config)
        return _launch(resolve(config, device), device, console or process_console())


def resume(path: Path | str, console: Console | None = None) -> RunDirectory:
    """Go on with a run that was stopped; of a finished one nothing is repeated but its rollouts.

    A run that was prepared for a cluster, and is a directory with a configuration alone, begins.

    Args:
        path: A run directory.
        console: Shows what happens; by default at the terminal.

    Raises:
        RecordError: If there is no run, it cannot be resumed, or is still running.
        KeyboardInterrupt: As `run`.
    """
    directory = RunDirectory.open(Path(path))
    with first_speaks(), running(directory) if is_first() else nullcontext():
        config = load_config(directory.config)
        device, console = prepare_torch(config), console or process_console()
        written = (directory.spec, directory.metrics, directory.training_state)
        if any(file.exists() for file in written):
            return _launch(config, device, console, directory)
        return _launch(resolve(config, device), device, console, prepared=directory)


def open_algorithm(config: RunConfig) -> Algorithm[Any]:
    """Open what a run learns from.

    Raises:
        ConfigError: If it is missing or does not fit.
    """
    with building(""):
        algorithm = algorithm_class(config.algorithm.name).open(config.algorithm, config)
    check_seen(config, algorithm.spec)
    return algorithm


def _launch(
    config: RunConfig,
    device: torch.device,
    console: Console,
    stopped: RunDirectory | None = None,
    prepared: RunDirectory | None = None,
) -> RunDirectory:
    """Build a run, train to its end, draw the curves, and roll out the student that came out."""
    join(device)
    with closing(open_algorithm(config)) as algorithm:
        student = create_student(config, algorithm.spec, device)
        seed_process(config.seed)
        facts: dict[str, str] = {}
        if stopped is None or not stopped.training_state.is_file():
            warm_start(student, config.train.init_from)
        if stopped is None:
            config, facts["storage"] = decide_storage(config, algorithm, student)
        directory = stopped or from_first(lambda: _create_directory(config, algorithm, prepared))
        with _kept(config, directory, console, is_held=bool(stopped or prepared)) as console:
            facts |= {**algorithm.describe(), **describe(config, algorithm.spec, student)}
            console.header(f"{config.algorithm.name} in {directory.path}", facts)
            random_weights_notice(student, console)
            logs_notice(console)
            training = Training(config, algorithm, student, run=directory, console=console)
            resumed_at = None if stopped is None else training.restore()
            _train(training, config, directory, resumed_at)
            leave()
            if not is_first():
                return directory
            if is_installed("plots"):
                write_curves(directory.metrics, directory.curves)
            if algorithm.measures:
                _predict(algorithm, config, student, directory)
            if config.simulation is not None:
                _roll_out(training, student, directory, console)
            write_json(directory.result, RunRecord(directory).result())
        console.paths("Look at", _places(config, directory))
    return directory


@contextmanager
def _kept(
    config: RunConfig, run: RunDirectory, console: Console, *, is_held: bool
) -> Iterator[Console]:
    """Keep how a run stands, and what other processes than the first one say.

    Args:
        config: Of the run.
        run: Its directory.
        console: Of this process.
        is_held: Whether it is sure already that no other run has this directory.
    """
    if not is_first():
        yield log_console(run.path / "logs")
        return
    with (
        nullcontext() if is_held else running(run),
        recorded(run),
        _hint(config, run, console),
    ):
        yield console


@contextmanager
def _hint(config: RunConfig, run: RunDirectory, console: Console) -> Iterator[None]:
    """Say how to go on if a run is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        way_on = f"spawnnet-train resume {run.path}" + f" --processes {size()}" * (size() > 1)
        places = {**_places(config, run), "go on with": way_on}
        console.paths("Interrupted; what there is so far", places)
        raise


def _create_directory(
    config: RunConfig, algorithm: Algorithm[Any], prepared: RunDirectory | None
) -> RunDirectory:
    directory = create_run(config.output, config.experiment, dump_yaml(config), prepared)
    write_json(directory.changed, changed_settings(config))
    algorithm.spec.save(directory.spec)
    return directory


def _train(
    training: Training,
    config: RunConfig,
    run: RunDirectory,
    resumed_at: int | None,
) -> None:
    """Train to the end; what an interrupted run came to is kept."""
    if not is_first():
        training.run_all(MetricsLogs([]))
        return
    with ExitStack() as logs:
        metrics = logs.enter_context(MetricsLog(run.metrics, resumed_at=resumed_at))
        wandb = logs.enter_context(WandbLog(config.wandb, config.experiment, run.path))
        written: list[Log] = [metrics, wandb]
        if is_installed("tensorboard"):
            tensorboard = TensorboardLog(run.tensorboard, resumed_at=resumed_at)
            written.append(logs.enter_context(tensorboard))
        try:
            training.run_all(MetricsLogs(written))
        except KeyboardInterrupt:
            training.save(INTERRUPTED)
            raise


def _predict(
    algorithm: Algorithm[Any], config: RunConfig, student: Student, run: RunDirectory
) -> None:
    """Predict the actions of an episode of each set by the best student, or else the last."""
    name = RunRecord(run).chosen_checkpoint()
    load_checkpoint(run.checkpoints / name, student)
    saved = SavedRun(run, config, algorithm.spec, student.eval(), name)
    record_predictions(saved, algorithm.labelled_episodes(1))


def _roll_out(training: Training, student: Student, run: RunDirectory, console: Console) -> None:
    """Evaluate the best student where one was chosen, else the last."""
    name = RunRecord(run).chosen_checkpoint()
    facts = load_checkpoint(run.checkpoints / name, student)
    episodes = training.evaluate(name, facts["period"])
    write_results(run.evaluation, episodes)
    log_picture(run.tensorboard, "success", run.success)
    show_results(console, episodes)


def _places(config: RunConfig, run: RunDirectory) -> dict[str, str]:
    """Return where to look, and with what."""
    simulated = {
        "videos": f"{run.videos}",
        "attention": f"{run.attention}",
        "results": f"{run.evaluation}",
        "success by round": f"{run.success}",
        "evaluate again": f"spawnnet-train eval {run.path}",
    }
    return {
        "report": f"{run.report}",
        "checkpoints": f"{run.checkpoints}",
        **(simulated if config.simulation is not None else {}),
        "learning curves": f"tensorboard --logdir {run.tensorboard}",
        "predictions": f"spawnnet-train visualize {run.path}",
    }
