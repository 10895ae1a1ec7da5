"""Compare finished runs: a table of success rates, and held-out success by number of cabinets.

    python benchmarks/quickstart.py runs/quickstart/* --plot docs/images/cabinets.png

Needs matplotlib for the plot.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from rich.console import Console
from rich.table import Table


class Run(NamedTuple):
    """A finished run: its settings that matter here, and rows of `eval/summary.csv` by split."""

    name: str
    cabinets: int
    seed: int
    splits: dict[str, dict[str, str]]


def read_run(path: Path) -> Run:
    """Read one run directory."""
    config = yaml.safe_load((path / "config.yaml").read_text("utf-8"))
    with (path / "eval" / "summary.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["cabinet"] == "all"]
    splits = {row["split"]: row for row in rows}
    return Run(str(path), config["simulation"]["num_cabinets"], config["seed"], splits)


def table(runs: list[Run]) -> Table:
    """Return one row per run."""
    result = Table("cabinets", "seed", "training cabinets", "held-out cabinets", "run")
    for run in runs:
        rates = [_rate(run.splits[split]) for split in ("train", "held_out")]
        result.add_row(str(run.cabinets), str(run.seed), *rates, run.name)
    return result


def _rate(row: dict[str, str]) -> str:
    rate, low, high = (100 * float(row[key]) for key in ("rate", "low", "high"))
    return f"{row['successes']}/{row['episodes']} = {rate:.0f} % ({low:.0f} to {high:.0f} %)"


def plot(runs: list[Run], file: Path) -> None:
    """Draw both success rates, with 95 % intervals, over the number of training cabinets."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3.2), layout="constrained")
    for split, colour, label in (
        ("train", "#2a9d5c", "training cabinets"),
        ("held_out", "#c2543d", "held-out cabinets"),
    ):
        rows: list[Any] = [run.splits[split] for run in runs]
        rates = [float(row["rate"]) for row in rows]
        lower = [rate - float(row["low"]) for rate, row in zip(rates, rows, strict=True)]
        upper = [float(row["high"]) - rate for rate, row in zip(rates, rows, strict=True)]
        axes.errorbar(
            [run.cabinets for run in runs],
            rates,
            (lower, upper),
            fmt="o",
            color=colour,
            label=label,
            capsize=3,
            clip_on=False,
        )
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
    Console(width=160).print(table(runs))
    if arguments.plot:
        plot(runs, arguments.plot)


if __name__ == "__main__":
    main()
