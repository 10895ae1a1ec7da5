"""The command `spawnnet-train`."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from spawnnet_data.cli import data_app
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.run_commands import latency, sweep, visualize

# Commands import what they need when they run, so that `--help` does not wait for torch.

app = typer.Typer(
    help="Train robot policies from camera images, from a YAML file.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.add_typer(data_app, name="data")

Overrides = Annotated[
    list[str],
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Change a setting, such as train.optimizer.lr=1e-4."
    ),
]
_TALKING = ("spawnnet_sim", "spawnnet_encoders", "spawnnet_policies", "spawnnet_train")
_BAD_INPUT = 2
_INTERRUPTED = 130


@app.callback()
def main() -> None:
    """Set up logging; every command passes through here."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for package in _TALKING:
        logging.getLogger(package).setLevel(logging.INFO)


@app.command()
def run(
    config: Annotated[Path, typer.Argument(help="A YAML file, such as configs/quickstart.yaml.")],
    overrides: Overrides = [],  # noqa: B006 - Typer wants a list
) -> None:
    """Train a policy."""
    with _errors_as_sentences():
        from spawnnet_train.record.console import Console
        from spawnnet_train.runs.launch import launch
        from spawnnet_train.runs.loading import load_config

        launch(load_config(config, overrides), Console())


@app.command()
def resume(run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")]) -> None:
    """Go on with a run that was stopped, as if it had not been."""
    with _errors_as_sentences():
        from spawnnet_train.record.console import Console
        from spawnnet_train.runs.launch import resume as resume_run

        resume_run(run, Console())


@app.command("eval")
def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    checkpoint: Annotated[
        str | None, typer.Option(help="Such as final or round_003; the latest if not given.")
    ] = None,
    episodes: Annotated[
        int | None, typer.Option(help="Episodes on training cabinets; as in the run if not given.")
    ] = None,
    blind: Annotated[bool, typer.Option("--blind", help="Replace every image by zeros.")] = False,
    overrides: Overrides = [],  # noqa: B006 - Typer wants a list
) -> None:
    """Evaluate a checkpoint of a run; the same seed gives the same numbers."""
    with _errors_as_sentences():
        from spawnnet_train.record.console import Console
        from spawnnet_train.runs.reevaluation import evaluate_run

        changes = [] if episodes is None else [f"evaluation.episodes={episodes}"]
        evaluate_run(
            run,
            Console(),
            checkpoint=checkpoint,
            is_blind=blind,
            overrides=[*changes, *overrides],
        )


@app.command()
def schema() -> None:
    """Print the JSON Schema of configuration files, for editors."""
    from spawnnet_train.runs.validation import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


def _answering(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` with errors of its input as sentences."""

    @wraps(command)
    def answered(*arguments: Any, **options: Any) -> None:
        with _errors_as_sentences():
            command(*arguments, **options)

    return answered


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    """End the command with status 2 and one line per problem where its input is at fault."""
    try:
        yield
    except ConfigError as error:
        for problem in error.problems:
            typer.secho(f"error: {problem}", err=True, fg=typer.colors.RED)
        raise typer.Exit(_BAD_INPUT) from None
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None


for _command in (visualize, latency, sweep):
    app.command()(_answering(_command))
