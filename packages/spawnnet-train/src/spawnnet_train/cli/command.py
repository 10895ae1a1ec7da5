"""What all commands of `spawnnet-train` have in common."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from spawnnet_data.cli import data_app
from spawnnet_train.__about__ import __version__
from spawnnet_train.terminal.answers import errors_as_sentences
from spawnnet_train.terminal.interruption import InterruptibleGroup

# Commands import what they need when they run, so that `--help` does not wait for torch.

app = typer.Typer(
    cls=InterruptibleGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(data_app, name="data")

Config = Annotated[Path, typer.Argument(help="A YAML file; `init` and `example` write some.")]
Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")]
Checkpoint = Annotated[
    str | None,
    typer.Option(help="Such as final; best, or else the latest, if not given. `eval` takes all."),
]
Overrides = Annotated[
    list[str],
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Change a setting, such as train.optimizer.lr=1e-4."
    ),
]
Processes = Annotated[
    int,
    typer.Option(min=1, help="Train in several processes, on a GPU each where there are any."),
]
Imports = Annotated[
    list[str], typer.Option("--import", metavar="MODULE", help="A plug-in to include.")
]
PerCabinet = Annotated[
    int | None,
    typer.Option("--episodes-per-cabinet", min=1, help="As many on each; of a chunk alone."),
]
Slurm = Annotated[
    list[str],
    typer.Option(
        metavar="OPTION=VALUE,...",
        help="Ask this of SLURM, such as partition=main,gres=gpu:1,time=24:00:00; beside `slurm` "
        "in the file.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print each table as one line of JSON.")]
Kind = Literal[
    "algorithms",
    "backbones",
    "cabinets",
    "encoders",
    "engines",
    "experts",
    "formats",
    "heads",
    "tasks",
    "weights",
]
_TALKING = (
    "spawnnet_data",
    "spawnnet_encoders",
    "spawnnet_policies",
    "spawnnet_sim",
    "spawnnet_train",
)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"spawnnet-train {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of all errors.")] = False,
) -> None:
    """Train robot policies from camera images, from a YAML file."""
    del version
    level = logging.DEBUG if debug else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    for package in _TALKING:
        logging.getLogger(package).setLevel(logging.INFO)


def command(
    name: str | None = None, *, examples: Sequence[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command whose bad input becomes sentences.

    Args:
        name: Of the command; that of the function if None.
        examples: Calls that its help shows, each on a line.
    """

    def add(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def answered(*arguments: Any, **options: Any) -> None:
            with errors_as_sentences():
                function(*arguments, **options)

        shown = "".join(f"\n{example}" for example in examples)
        text = f"{function.__doc__}\n\n\b{shown}" if examples else function.__doc__
        return app.command(name, help=text)(answered)

    return add
