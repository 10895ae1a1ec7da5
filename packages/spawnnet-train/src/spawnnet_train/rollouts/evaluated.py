"""What every evaluation of a run leaves: its episodes, and a row per split in one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spawnnet_record.extras import is_installed
from spawnnet_record.files import merge_csv
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.success_curve import write_success_curve
from spawnnet_record.success_rate import Rate
from spawnnet_train.rollouts.evaluation import Episode, summarize, write_results


class Evaluated(NamedTuple):
    """Which student was measured how.

    Attributes:
        checkpoint: Its name.
        period: The round or epoch whose updates were its last, as people number it.
        seed: Of the evaluation.
        is_blind: Whether it saw black images.
    """

    checkpoint: str
    period: int
    seed: int
    is_blind: bool = False

    @property
    def label(self) -> str:
        """The name of the folder of its episodes."""
        return f"{self.checkpoint}_seed_{self.seed}" + ("_blind" if self.is_blind else "")


_HEADER = ("checkpoint", "period", "seed", "blind", "split", *Rate._fields)
_KEY = ("checkpoint", "seed", "blind", "split")


def record_evaluation(run: RunDirectory, student: Evaluated, episodes: Sequence[Episode]) -> Path:
    """Write the episodes of an evaluation, and its rates into the run's table and curve.

    Evaluated again in the same way, a student gets new rows in place of the old ones.

    Args:
        run: Whose student it was.
        student: Which one.
        episodes: Split by split.

    Returns:
        The folder of `episodes.csv` and `summary.csv`.
    """
    folder = run.evaluation / student.label
    write_results(folder, episodes)
    new = [_row(student, split, rate) for split, rate in split_rates(episodes).items()]
    rows = merge_csv(run.evaluated, _HEADER, _KEY, new)
    if is_installed("plots"):
        write_success_curve(rows, run.success)
    return folder


def split_rates(episodes: Sequence[Episode]) -> dict[str, Rate]:
    """Return the success rate on each split."""
    return {row.split: row.rate for row in summarize(episodes) if row.cabinet == "all"}


def _row(student: Evaluated, split: str, rate: Rate) -> dict[str, str]:
    values = (student.checkpoint, student.period, student.seed, int(student.is_blind), split)
    rates = (*map(str, rate[:2]), *(f"{value:.4f}" for value in rate[2:]))
    return dict(zip(_HEADER, (*map(str, values), *rates), strict=True))
