"""The table of a run's evaluations: a row for each student, way of measuring it, and split."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from spawnnet_record.extras import is_installed
from spawnnet_record.files import merge_csv
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.success_curve import write_success_curve
from spawnnet_record.success_rate import Rate


class Evaluated(NamedTuple):
    """Which student was measured how.

    Attributes:
        checkpoint: Its name.
        period: The round or epoch whose updates were its last, as people number it.
        seed: Of the evaluation.
        is_blind: Whether it saw black images.
        changes: Settings that were not the run's and decide how an episode goes, such as
            `simulation.episode_steps=96`; nothing for the run's own.
    """

    checkpoint: str
    period: int
    seed: int
    is_blind: bool = False
    changes: str = ""

    @property
    def label(self) -> str:
        """The name of the folder of its episodes."""
        name = f"{self.checkpoint}_seed_{self.seed}" + ("_blind" if self.is_blind else "")
        return f"{name}_{_digest(self.changes)}" if self.changes else name


_HEADER = ("checkpoint", "period", "seed", "blind", "changes", "split", *Rate._fields)
_KEY = ("checkpoint", "seed", "blind", "changes", "split")


def add_rates(run: RunDirectory, student: Evaluated, rates: Mapping[str, Rate]) -> None:
    """Write the rates of a student by split into the run's table, and draw its curve again.

    Evaluated again in the same way, a student gets new rows in place of the old ones.
    """
    rows = merge_csv(run.evaluated, _HEADER, _KEY, (_row(student, *each) for each in rates.items()))
    if is_installed("plots"):
        write_success_curve(comparable(rows), run.success)


def comparable(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows of students that saw images and were measured in one way.

    That is as the run's configuration says; or if none was, as the last one.
    """
    seen = [row for row in rows if row["blind"] == "0"]
    own = [row for row in seen if not row.get("changes")]
    return own or [row for row in seen if row["changes"] == seen[-1]["changes"]]


def label_of(row: Mapping[str, str]) -> str:
    """Return the name of the folder of the episodes that a row of the table is of."""
    seed, is_blind = int(row["seed"]), row["blind"] != "0"
    return Evaluated(row["checkpoint"], 0, seed, is_blind, row.get("changes") or "").label


def _row(student: Evaluated, split: str, rate: Rate) -> dict[str, str]:
    checkpoint, period, seed, is_blind, changes = student
    values = (checkpoint, str(period), str(seed), str(int(is_blind)), changes, split)
    rates = (*map(str, rate[:2]), *(f"{value:.4f}" for value in rate[2:]))
    return dict(zip(_HEADER, (*values, *rates), strict=True))


def _digest(changes: str) -> str:
    return hashlib.sha256(changes.encode()).hexdigest()[:8]
