"""Commands that tell what there is, and write the first lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from spawnnet_train.cli.command import Imports, Json, Kind, command


@command(
    examples=(
        "spawnnet-train init demonstrations/ -o my.yaml",
        "spawnnet-train check my.yaml --measure",
        "spawnnet-train run my.yaml",
    ),
)
def init(
    data: Annotated[Path, typer.Argument(help="Demonstrations, in any format of `list formats`.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; printed without.")
    ] = None,
    encoder: Annotated[str, typer.Option(help="See `list encoders`.")] = "spawnnet",
    head: Annotated[str, typer.Option(help="See `list heads`.")] = "mlp",
) -> None:
    """Write a configuration that trains on demonstrations, from what they hold."""
    from spawnnet_train.runs.initial import initial_yaml, write_initial

    text = initial_yaml(data, encoder=encoder, head=head)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_initial(text, output)


def _example_names(incomplete: str) -> list[str]:
    from spawnnet_train.runs.examples import list_examples

    return [name for name, _ in list_examples() if name.startswith(incomplete)]


@command(
    examples=(
        "spawnnet-train example quickstart > my.yaml",
        "spawnnet-train example paper/drawer/spawnnet_dino --to configs",
    ),
)
def example(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Print this one; all are listed without.", autocompletion=_example_names
        ),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--to", help="Copy it here, with the files that it extends.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the configurations that come with the package, or print or copy one."""
    from spawnnet_jobs.terminal.console import Console
    from spawnnet_train.runs.examples import copy_example, example_text, list_examples

    if name is None:
        columns = ("name", "what it is")
        Console(as_json=as_json).table("Examples", columns, list_examples(), is_text=True)
    elif folder is None:
        typer.echo(example_text(name), nl=False)
    else:
        for file in copy_example(name, folder):
            typer.echo(file)


@command(
    "list",
    examples=(
        "spawnnet-train list heads",
        "spawnnet-train list backbones dino",
    ),
)
def list_names(
    kind: Annotated[Kind, typer.Argument(help="What to list; see the choices.", show_choices=True)],
    pattern: Annotated[
        str, typer.Argument(metavar="FILTER", help="List what has this in its line alone.")
    ] = "",
    imports: Imports = [],  # noqa: B006 - Typer wants a list
    as_json: Json = False,
) -> None:
    """List what a configuration can name: encoders, heads, tasks, algorithms and so on."""
    from spawnnet_jobs.terminal.console import Console
    from spawnnet_train.runs.catalog import catalog

    found = catalog(kind, imports, pattern)
    Console(as_json=as_json).table(kind, ("name", "what it is"), found, is_text=True)


@command(
    examples=(
        "spawnnet-train show spawnnet",
        "spawnnet-train show dagger",
        "spawnnet-train show simulation.cameras",
        "spawnnet-train show encoder.backbone.weights",
    ),
)
def show(
    name: Annotated[
        str, typer.Argument(help="Such as spawnnet, train.optimizer or seed; a file's top without.")
    ] = "",
    imports: Imports = [],  # noqa: B006 - Typer wants a list
    as_json: Json = False,
) -> None:
    """Show every option of an encoder, head, algorithm, engine or section, or a single one."""
    from spawnnet_config.options import Option, Options
    from spawnnet_jobs.terminal.console import Console
    from spawnnet_train.config.structure import shipped_schema

    document = shipped_schema({"imports": imports})
    if document is None:
        from spawnnet_train.runs.loading import json_schema

        document = json_schema(imports)
    found = Options(document).find(name)
    Console(as_json=as_json).table(name or "a file", Option._fields, found, is_text=True)


@command()
def schema(imports: Imports = []) -> None:  # noqa: B006 - Typer wants a list
    """Print the JSON Schema of configuration files, for editors."""
    from spawnnet_train.runs.loading import json_schema

    typer.echo(json.dumps(json_schema(imports), indent=2))
