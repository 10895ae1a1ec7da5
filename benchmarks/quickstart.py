"""Compare finished runs: a table of success rates, and success by number of cabinets.

python benchmarks/quickstart.py runs/memorize_drawer/* --plot docs/images/cabinets.png
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from spawnnet_record.run_record import RunRecord

SPLITS = {  # as they are called in tables, and their colours
    "train": ("training cabinets", "#2a9d5c"),
    "new": ("new cabinets", "#3a6ea5"),
    "held_out": ("held-out cabinets", "#c2543d"),
}


class Run(NamedTuple):
    """A finished run: its settings that matter here, and success rates by split."""

    path: Path
    cabinets: int
    seed: int
    rates: dict[str, dict[str, str]]


def read_run(path: Path) -> Run:
    """Read one run directory."""
    record = RunRecord.open(path)
    settings = record.settings()
    rates = {row["split"]: row for row in record.success_rates()}
    return Run(path, settings["simulation"]["cabinets"]["count"], settings["seed"], rates)


def table(runs: list[Run]) -> Table:
    """Return one row per run."""
    result = Table("cabinets", "seed", *(title for title, _ in SPLITS.values()), "run")
    for run in runs:
        rates = [_rate(run.rates[split]) if split in run.rates else "" for split in SPLITS]
        result.add_row(str(run.cabinets), str(run.seed), *rates, str(run.path))
    return result


def _rate(row: dict[str, str]) -> str:
    rate, low, high = (100 * float(row[key]) for key in ("rate", "low", "high"))
    return f"{row['successes']}/{row['episodes']} = {rate:.0f} % ({low:.0f} to {high:.0f} %)"


def plot(runs: list[Run], file: Path) -> None:
    """Draw success rates, with 95 % intervals, over the number of training cabinets."""
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    for split, (label, colour) in SPLITS.items():
        measured = [(run.cabinets, run.rates[split]) for run in runs if split in run.rates]
        rates = [float(row["rate"]) for _, row in measured]
        lower = [float(row["rate"]) - float(row["low"]) for _, row in measured]
        upper = [float(row["high"]) - float(row["rate"]) for _, row in measured]
        cabinets = [count for count, _ in measured]
        style = {"fmt": "o", "color": colour, "label": label, "capsize": 3, "clip_on": False}
        axes.errorbar(cabinets, rates, (lower, upper), **style)
    axes.set(xlabel="training cabinets", ylabel="success of the student alone", ylim=(0, 1.02))
    axes.set_xscale("log", base=2)
    ticks = sorted({run.cabinets for run in runs})
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=160)


def main() -> None:
    """Read the run directories given, print the table and draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    runs = sorted(map(read_run, arguments.runs), key=lambda run: (run.cabinets, run.seed))
    Console(width=200).print(table(runs))
    if arguments.plot:
        plot(runs, arguments.plot)


if __name__ == "__main__":
    main()
