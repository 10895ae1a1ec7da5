"""Commands for clusters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spawnnet_train.cli.command import Config, Json, Overrides, PerCabinet, Slurm, command


@command(
    examples=(
        "spawnnet-train submit my.yaml --slurm partition=main,gres=gpu:1,cpus=6,time=24:00:00",
        "spawnnet-train submit my.yaml --eval-chunks 4 --dry-run",
    ),
)
def submit(
    config: Config,
    overrides: Overrides = [],  # noqa: B006 - Typer wants a list
    slurm: Slurm = [],  # noqa: B006
    chunks: Annotated[
        int | None,
        typer.Option("--eval-chunks", min=1, help="Evaluate afterwards, in so many jobs at once."),
    ] = None,
    checkpoint: Annotated[
        str | None, typer.Option("--eval-checkpoint", help="As `eval --checkpoint`.")
    ] = None,
    per_cabinet: PerCabinet = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Print the scripts and stop.")] = False,
) -> None:
    """Train on a cluster that SLURM manages, and evaluate there afterwards."""
    from spawnnet_jobs.slurm.programs import check_installed
    from spawnnet_train.config.structure import check_file

    check_file(config, overrides)
    if not dry:
        check_installed(f"spawnnet-train run {config}")
    from spawnnet_jobs.slurm.submission import Evaluation, Submission
    from spawnnet_jobs.terminal.console import Console
    from spawnnet_train.runs.program import Trainer

    options = {"--checkpoint": checkpoint, "--episodes-per-cabinet": per_cabinet}
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    evaluation = None if chunks is None else Evaluation(chunks, given)
    submission = Submission.of(Trainer(), config, overrides, slurm, evaluation)
    if dry:
        typer.echo("\n".join(submission.scripts().values()))
        return
    run = submission.submit()
    jobs = {f"job {number}": name for name, number in run.jobs().items()}
    places = {"run": run.directory.path, "output": run.folder}
    ways = {"how it stands": f"spawnnet-train status {run.directory.path}"}
    Console().paths("Submitted", {**jobs, **places, **ways})


@command(examples=("spawnnet-train status", "spawnnet-train status runs/quickstart/latest"))
def status(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A run directory, or one above many.")
    ] = Path("runs"),
    as_json: Json = False,
) -> None:
    """Show how runs stand, in a folder or on a cluster."""
    from spawnnet_jobs.slurm.status import Status, statuses
    from spawnnet_jobs.terminal.console import Console

    Console(as_json=as_json).table("Runs", Status._fields, statuses(folder), is_text=True)
