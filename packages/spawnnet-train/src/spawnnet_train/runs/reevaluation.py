"""Evaluate checkpoints of a finished or interrupted run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.evaluations import Evaluated
from spawnnet_record.run_record import RunRecord
from spawnnet_record.tensorboard_log import log_picture
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.rollouts.evaluated import record_evaluation
from spawnnet_train.rollouts.splits import Evaluator, show_results
from spawnnet_train.runs.overview import describe, random_weights_notice
from spawnnet_train.runs.saved_run import SavedRun, open_saved_run

ALL = "all"
"""Stands for every checkpoint of a run."""
_DECIDING = ("simulation", "student", "evaluation.randomization")  # how an episode goes


def evaluate(
    path: Path | str,
    console: Console | None = None,
    *,
    checkpoint: str | None = None,
    is_blind: bool = False,
    overrides: Sequence[str] = (),
) -> Path:
    """Evaluate checkpoints and return the folder of the results, a new one beside the run's own.

    Every evaluation is a row per split in the run's `eval/checkpoints.csv` and a point of the curve
    in its `success.png`, too.

    Args:
        path: A run directory.
        console: Shows progress and results; by default at the terminal.
        checkpoint: Name of a checkpoint, such as `final` or `round_003`; `all` for each of them, in
            the order in which they were written; None for the one that the run itself evaluated at
            its end, or else the latest.
        is_blind: Whether the student sees black images.
        overrides: Changes of the run's configuration, such as `evaluation.episodes=96`. Without
            any, the run's own checkpoint gives the numbers that the run gave. Those that decide how
            an episode goes, such as `simulation.episode_steps=96`, give results of their own, which
            neither the curve nor a card shows.

    Returns:
        With `all` the folder that holds the folders of all of them.

    Raises:
        RecordError: If there is no such run or checkpoint.
        ConfigError: If an override does not fit.
    """
    console = console or Console()
    saved, names = open_evaluated(Path(path), console, checkpoint, overrides)
    run = saved.directory
    way: dict[str, Any] = {"is_blind": is_blind, "changes": changes_of_episodes(overrides)}
    folders = [_evaluate(saved, name, console, way) for name in names]
    log_picture(run.tensorboard, "success", run.success)
    folder = run.evaluation if checkpoint == ALL else folders[0]
    pictures = {"videos": run.videos, "attention": run.attention, "success by round": run.success}
    console.paths("Look at", {"results": folder, **pictures})
    return folder


def open_evaluated(
    path: Path, console: Console, checkpoint: str | None, overrides: Sequence[str]
) -> tuple[SavedRun, list[str]]:
    """Open a run whose students are to be measured, and say what they are.

    Returns:
        The run, and the names of the checkpoints that are meant.

    Raises:
        RecordError: If there is no such run or checkpoint.
        ConfigError: If an override does not fit.
    """
    record = RunRecord.open(path)
    chosen = record.chosen_checkpoint(None if checkpoint == ALL else checkpoint)
    saved = open_saved_run(path, chosen, overrides)
    if saved.config.simulation is None:
        raise ConfigError(["simulation: is required, to know where to roll the student out."])
    facts = describe(saved.config, saved.spec, saved.student)
    console.header(f"Evaluation of {checkpoint or chosen}, {path}", facts)
    random_weights_notice(saved.student, console)
    return saved, record.checkpoints() if checkpoint == ALL else [chosen]


def changes_of_episodes(overrides: Sequence[str]) -> str:
    """Return the overrides that decide how an episode goes, not how many there are."""
    return " ".join(sorted(each for each in overrides if each.startswith(_DECIDING)))


def _evaluate(saved: SavedRun, name: str, console: Console, way: Mapping[str, Any]) -> Path:
    """Evaluate one checkpoint and return the folder of its results."""
    run, config = saved.directory, saved.config
    facts = load_checkpoint(run.checkpoints / name, saved.student)
    student = Evaluated(name, facts["period"], config.evaluation.seed, **way)
    evaluator = Evaluator(config, run, console)
    episodes = evaluator.evaluate(saved.student, student.label, is_blind=student.is_blind)
    show_results(console, episodes, f"Student alone, {name}")
    return record_evaluation(run, student, episodes)
