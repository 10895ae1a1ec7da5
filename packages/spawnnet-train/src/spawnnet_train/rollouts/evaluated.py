"""What every evaluation of a run leaves: its episodes, and a row per split in one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spawnnet_record.evaluations import Evaluated, add_rates
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.success_rate import Rate
from spawnnet_train.rollouts.evaluation import Episode, summarize, write_results


def record_evaluation(run: RunDirectory, student: Evaluated, episodes: Sequence[Episode]) -> Path:
    """Write the episodes of an evaluation, and its rates into the run's table and curve.

    Args:
        run: Whose student it was.
        student: Which one, and how it was measured.
        episodes: Split by split.

    Returns:
        The folder of `episodes.csv` and `summary.csv`.
    """
    folder = run.evaluation / student.label
    write_results(folder, episodes)
    add_rates(run, student, split_rates(episodes))
    return folder


def split_rates(episodes: Sequence[Episode]) -> dict[str, Rate]:
    """Return the success rate on each split."""
    return {row.split: row.rate for row in summarize(episodes) if row.cabinet == "all"}
