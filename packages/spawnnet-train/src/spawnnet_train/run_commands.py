"""Commands about a run of behaviour cloning: `visualize`, `latency` and `sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")]
Checkpoint = Annotated[str | None, typer.Option(help="Such as final; best if not given.")]

# Commands import what they need when they run, so that `--help` does not wait for torch.


def visualize(
    run: Run,
    checkpoint: Checkpoint = None,
    episodes: Annotated[
        int | None, typer.Option(help="Of each validation set; all if not given.")
    ] = None,
) -> None:
    """Draw predicted and recorded actions, and film what the adapters look at."""
    from spawnnet_train.record.console import Console
    from spawnnet_train.use.visualization import visualize_run

    visualize_run(run, Console(), checkpoint=checkpoint, max_episodes=episodes)


def latency(
    run: Run,
    checkpoint: Checkpoint = None,
    steps: Annotated[int, typer.Option(help="Control steps timed.")] = 100,
) -> None:
    """Print how long a control step takes, part by part."""
    from rich.console import Console as RichConsole
    from rich.table import Table

    from spawnnet_train.runs.saved_run import open_saved_run
    from spawnnet_train.use.latency import measure_latency

    table = Table("part", "median (ms)", "99 % (ms)", box=None)
    for part in measure_latency(open_saved_run(run, checkpoint), steps=steps):
        table.add_row(part.part, f"{1e3 * part.median:.2f}", f"{1e3 * part.p99:.2f}")
    RichConsole().print(table)


def sweep(
    config: Annotated[Path, typer.Argument(help="A YAML file.")],
    grid: Annotated[
        list[str],
        typer.Option("--set", metavar="PATH=A,B", help="Values of a setting; repeat it."),
    ],
    jobs: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 1,
) -> None:
    """Run every combination of settings, skip what is finished, and compare them."""
    from rich.console import Console as RichConsole
    from rich.table import Table

    from spawnnet_train.runs.sweep import run_sweep

    header, *rows = run_sweep(config, grid, jobs=jobs)
    table = Table(*header, box=None)
    for row in rows:
        table.add_row(*row)
    RichConsole(soft_wrap=True).print(table)
