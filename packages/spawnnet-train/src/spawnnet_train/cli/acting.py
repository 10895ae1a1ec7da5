"""Commands for policies that act: on a robot, over the network, in a folder of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from spawnnet_train.cli.command import Checkpoint, Json, Run, command

Policy = Annotated[Path, typer.Argument(help="A run directory, or what `export` wrote.")]


@command()
def latency(
    policy: Policy,
    checkpoint: Checkpoint = None,
    steps: Annotated[int, typer.Option(min=1, help="Control steps timed.")] = 100,
    as_json: Json = False,
) -> None:
    """Print how long a control step takes, part by part."""
    from spawnnet_jobs.terminal.console import Console
    from spawnnet_train.use.latency import measure_latency
    from spawnnet_train.use.saved_policy import open_policy

    parts = measure_latency(open_policy(policy, checkpoint), steps=steps)
    rows = [(part.part, f"{1e3 * part.median:.2f}", f"{1e3 * part.p99:.2f}") for part in parts]
    Console(as_json=as_json).table("Control step", ("part", "median (ms)", "99 % (ms)"), rows)


@command(examples=("spawnnet-train export runs/quickstart/latest --to drawer-policy --program",))
def export(
    run: Run,
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Is made; must not exist yet.")],
    checkpoint: Checkpoint = None,
    with_backbone: Annotated[
        bool, typer.Option("--with-backbone", help="Include the weights of the frozen network.")
    ] = False,
    program: Annotated[
        bool, typer.Option("--program", help="Include a program that torch alone can run.")
    ] = False,
) -> None:
    """Write a policy into a folder of its own, with a card that tells of it."""
    from spawnnet_train.use.export import export_policy

    options = {"with_backbone": with_backbone, "with_program": program}
    typer.echo(export_policy(run, to, checkpoint=checkpoint, **options))


@command(examples=("spawnnet-train serve drawer-policy --port 8000",))
def serve(
    policy: Policy,
    checkpoint: Checkpoint = None,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    keys: Annotated[
        Literal["spawnnet", "lerobot"], typer.Option(help="By whose names observations come.")
    ] = "spawnnet",
    by_step: Annotated[
        bool | None,
        typer.Option(
            "--steps/--chunks",
            help="Answer with the action of a step, or with the whole chunk; a policy that looks "
            "back at earlier frames answers with steps if not given.",
        ),
    ] = None,
) -> None:
    """Answer robot programs over the network, in openpi's protocol, until Ctrl-C."""
    from spawnnet_train.use.serving import create_server

    server = create_server(
        policy, checkpoint=checkpoint, host=host, port=port, keys=keys, by_step=by_step
    )
    typer.echo(f"serving {policy} at ws://{host}:{server.port}")
    server.serve_forever()
