"""Commands that train, or get ready for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spawnnet_train.cli.command import Config, Json, Overrides, Processes, Run, Slurm, command

if TYPE_CHECKING:
    from spawnnet_train.runs.run_config import RunConfig


def _load(config: Path, overrides: list[str]) -> RunConfig:
    _check_structure(config, overrides)
    from spawnnet_train.runs.loading import load_config

    return load_config(config, overrides)


def _check_structure(config: Path, overrides: Sequence[str] = ()) -> None:
    """Say what is wrong with the structure of a file before torch is imported, if it is not yet."""
    if "torch" not in sys.modules:
        from spawnnet_train.config.structure import check_file

        check_file(config, overrides)


@command(
    examples=(
        "spawnnet-train run my.yaml",
        "spawnnet-train run my.yaml --set seed=2 --set train.optimizer.lr=1e-4",
        "spawnnet-train run my.yaml --processes 2",
    ),
)
def run(
    config: Config,
    overrides: Overrides = [],  # noqa: B006 - Typer wants a list
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Build everything, show it, and stop there.")
    ] = False,
    processes: Processes = 1,
) -> None:
    """Train a policy."""
    loaded = _load(config, overrides)
    if dry:
        from spawnnet_jobs.terminal.console import Console
        from spawnnet_train.runs.rehearsal import rehearse

        rehearse(loaded, Console(), measure=False)
    elif processes > 1:
        chosen = [part for override in overrides for part in ("--set", override)]
        _start(loaded, processes, ["run", str(config), *chosen])
    else:
        from spawnnet_train.runs.launch import run as run_config

        run_config(loaded)


@command()
def check(
    config: Config,
    overrides: Overrides = [],  # noqa: B006 - Typer wants a list
    measure: Annotated[
        bool,
        typer.Option("--measure", help="Build it, and say its size, memory and time per update."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a configuration as `run` does, and say what it needs and this machine lacks."""
    loaded = _load(config, overrides)
    from spawnnet_jobs.terminal.console import Console
    from spawnnet_train.runs.rehearsal import rehearse
    from spawnnet_train.runs.requirements import missing

    console = Console(as_json=as_json)
    lacking = missing(loaded)
    console.notice(f"{config} passes every check" + (", but it needs:" if lacking else "."))
    for sentence in lacking:
        console.notice(f"  {sentence}")
    if measure and not lacking:
        rehearse(loaded, console, measure=True)


@command()
def features(config: Config, overrides: Overrides = []) -> None:  # noqa: B006 - Typer wants a list
    """Compute the frozen features of demonstrations beforehand, for all runs that share them."""
    loaded = _load(config, overrides)
    from spawnnet_train.runs.features import fill_features

    fill_features(loaded)


@command()
def resume(run: Run, processes: Processes = 1) -> None:
    """Go on with a run that was stopped, as if it had not been."""
    if processes > 1:
        from spawnnet_record.run_directory import RunDirectory

        config = RunDirectory.open(run).config
        _start(_load(config, []), processes, ["resume", str(run)])
        return
    from spawnnet_train.runs.launch import resume as resume_run

    resume_run(run)


def _start(config: RunConfig, processes: int, arguments: Sequence[str]) -> None:
    """Start processes that train together, once it is sure that they can."""
    from spawnnet_jobs.together.torchrun import run_together
    from spawnnet_train.runs.machine import check_compiler, check_processes
    from spawnnet_train.runs.program import Trainer

    check_compiler(config)
    check_processes(config, processes, processes)
    if status := run_together([*Trainer.command, *arguments], processes):
        raise typer.Exit(status)


@command(
    examples=(
        "spawnnet-train sweep my.yaml --set lr=1e-4,3e-4 --set seed=0,1,2 --jobs 2",
        "spawnnet-train sweep my.yaml --set seed=0,1,2 --slurm partition=main --parallel 2",
    ),
)
def sweep(
    configs: Annotated[
        list[Path], typer.Argument(metavar="CONFIG...", help="YAML files, one after another.")
    ],
    grid: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="PATH=A,B",
            help="Values of a setting, beside those of `sweep` in the file; repeat it.",
        ),
    ] = [],  # noqa: B006 - Typer wants a list
    jobs: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 1,
    slurm: Slurm = [],  # noqa: B006 - Typer wants a list
    parallel: Annotated[
        int | None, typer.Option(min=1, help="Submit them to SLURM, so many at a time.")
    ] = None,
    collect: Annotated[
        bool, typer.Option("--collect", help="Compare what has finished, and run nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run every combination of settings, skip what is finished, and compare them over seeds.

    Exits with 1 if one of them failed.
    """
    for config in configs:
        _check_structure(config)
    from spawnnet_jobs.slurm.programs import check_installed

    is_submitted = bool(slurm or parallel) and not collect
    if is_submitted:
        check_installed("spawnnet-train sweep ... --jobs 1")
    from spawnnet_jobs.sweeps.planned import Sweep
    from spawnnet_jobs.sweeps.submitted import submit_sweep
    from spawnnet_jobs.sweeps.sweep import run_sweep
    from spawnnet_jobs.terminal.console import Console
    from spawnnet_train.runs.program import Trainer

    console, program, num_failed = Console(as_json=as_json), Trainer(), 0
    for config in configs:
        if is_submitted:
            done = submit_sweep(program, config, grid, slurm, parallel=parallel)
            job = "none, all have run or are in the queue" if done.job is None else done.job
            places = {"job": job, "output": f"{done.output}"}
            console.paths(f"{config}: {done.submitted} runs", places)
            continue
        if collect:
            comparison = Sweep.planned(program, config, grid).collect()
        else:
            comparison = run_sweep(program, config, grid, jobs=jobs, screen=console)
            num_failed += comparison.num_failed
        console.table(f"{config}, run by run", *comparison.runs())
        console.table(f"{config}, over seeds", *comparison.settings())
    if num_failed:
        raise typer.Exit(1)


@command()
def study(
    folder: Annotated[Path, typer.Argument(help="Holds plans, such as configs/study.")],
    where: Annotated[
        list[str], typer.Option(metavar="AXIS=A,B", help="Run such cells alone; repeat it.")
    ] = [],  # noqa: B006 - Typer wants a list
    jobs: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 1,
) -> None:
    """Run all plans of a folder, skip what is finished, and write one report."""
    from spawnnet_jobs.studies.study import run_study
    from spawnnet_jobs.terminal.console import Console
    from spawnnet_train.runs.program import Trainer

    typer.echo(run_study(Trainer(), folder, where, jobs=jobs, screen=Console()))
