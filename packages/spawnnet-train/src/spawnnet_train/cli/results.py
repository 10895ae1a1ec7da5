"""Commands for runs that are there."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from spawnnet_train.cli.command import Checkpoint, Json, Overrides, PerCabinet, Run, command


@command(
    "eval",
    examples=(
        "spawnnet-train eval runs/quickstart/2026-11-24_12-00-00",
        "spawnnet-train eval RUN --checkpoint final --set evaluation.held_out_episodes=200",
        "spawnnet-train eval RUN --chunk 1/4 --episodes-per-cabinet 5",
        "spawnnet-train eval RUN --merge",
    ),
)
def evaluate(
    run: Run,
    checkpoint: Checkpoint = None,
    episodes: Annotated[
        int | None,
        typer.Option(min=1, help="Episodes on training cabinets; as in the run if not given."),
    ] = None,
    blind: Annotated[bool, typer.Option("--blind", help="Replace every image by zeros.")] = False,
    chunk: Annotated[
        str | None, typer.Option(metavar="I/N", help="Evaluate part I of N of the cabinets.")
    ] = None,
    per_cabinet: PerCabinet = None,
    merge: Annotated[bool, typer.Option("--merge", help="Put the parts together.")] = False,
    as_json: Json = False,
    overrides: Overrides = [],  # noqa: B006 - Typer wants a list
) -> None:
    """Evaluate a checkpoint of a run; the same seed gives the same numbers."""
    from spawnnet_jobs.chunks.chunk import Chunk

    part = Chunk.parse(chunk or "1/1")  # before torch is imported
    if merge and (chunk or checkpoint or episodes or blind or per_cabinet or overrides):
        raise typer.BadParameter("--merge puts together all that --chunk made: give it alone.")
    from spawnnet_jobs.terminal.console import Console
    from spawnnet_train.runs.chunked import evaluate_chunk, merge_chunks
    from spawnnet_train.runs.reevaluation import evaluate as evaluate_run

    console, is_whole = Console(as_json=as_json), chunk is None
    changes = [] if episodes is None else [f"evaluation.episodes={episodes}"]
    options: dict[str, Any] = {"checkpoint": checkpoint, "is_blind": blind}
    options["overrides"] = [*changes, *overrides]
    if merge:
        merge_chunks(run, console)
    elif is_whole and per_cabinet is None:
        evaluate_run(run, console, **options)
    else:
        files = evaluate_chunk(run, part, console, per_cabinet=per_cabinet, **options)
        console.paths("Chunks", {file.parts[-3]: file for file in files})


@command()
def visualize(
    run: Run,
    checkpoint: Checkpoint = None,
    episodes: Annotated[
        int | None, typer.Option(min=1, help="Of each set; all if not given.")
    ] = None,
) -> None:
    """Draw predicted and labelled actions, and film what the adapters look at."""
    from spawnnet_train.use.visualization import visualize as visualize_run

    visualize_run(run, checkpoint=checkpoint, max_episodes=episodes)


@command("import")
def import_original(
    original: Annotated[
        Path, typer.Argument(metavar="ORIGINAL_RUN", help="A folder with encoder_*.ckpt files.")
    ],
    output: Annotated[Path, typer.Option(help="Where the new run directory goes.")] = Path("runs"),
) -> None:
    """Make a run directory from a run of the original release, for eval and visualize."""
    from spawnnet_train.use.importing import import_run

    import_run(original, output=output)


@command()
def report(
    folder: Annotated[
        Path, typer.Argument(help="A run directory, the folder `sweep` of a sweep, or plans.")
    ],
    opens: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
) -> None:
    """Write the report of a run, a sweep or a study again, as far as it has come."""
    from spawnnet_record.report.pages import has_page, write_page

    if has_page(folder):
        page = write_page(folder)
    else:
        from spawnnet_jobs.studies.study import report_study
        from spawnnet_train.runs.program import Trainer

        page = report_study(Trainer(), folder)
    typer.echo(page)
    if opens:
        webbrowser.open(page.resolve().as_uri())
