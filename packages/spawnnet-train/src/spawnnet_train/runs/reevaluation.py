"""Evaluate a checkpoint of a finished or interrupted run again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.record.console import Console
from spawnnet_train.rollouts.evaluation import write_results
from spawnnet_train.rollouts.splits import Evaluator, show_results
from spawnnet_train.runs.overview import describe, random_weights_notice
from spawnnet_train.runs.saved_run import open_saved_run


def evaluate(
    path: Path | str,
    console: Console | None = None,
    *,
    checkpoint: str | None = None,
    is_blind: bool = False,
    overrides: Sequence[str] = (),
) -> Path:
    """Evaluate a checkpoint and return the folder of the results, a new one beside the run's own.

    Args:
        path: A run directory.
        console: Shows progress and results; by default at the terminal.
        checkpoint: Name of a checkpoint, such as `final` or `round_003`; None for the one that the
            run itself evaluated at its end, or else the latest.
        is_blind: Whether the student sees black images.
        overrides: Changes of the run's configuration, such as `evaluation.episodes=96`. Without
            any, the run's own checkpoint gives the numbers that the run gave.

    Raises:
        ConfigError: If there is no such run or checkpoint, or an override does not fit.
    """
    console = console or Console()
    saved = open_saved_run(Path(path), checkpoint, overrides)
    run, config, student = saved.directory, saved.config, saved.student
    if config.simulation is None:
        raise ConfigError(["simulation: is required, to know where to roll the student out."])
    facts = describe(config, saved.spec, student)
    console.header(f"Evaluation of {saved.checkpoint}, {run.path}", facts)
    random_weights_notice(student, console)
    seed = config.evaluation.seed
    label = f"{saved.checkpoint}_seed_{seed}" + ("_blind" if is_blind else "")
    episodes = Evaluator(config, run, console).evaluate(student, label, is_blind=is_blind)
    folder = run.evaluation / label
    write_results(folder, episodes)
    show_results(console, episodes)
    console.paths("Look at", {"results": folder, "videos": run.videos, "attention": run.attention})
    return folder
