"""The command `spawnnet-train`."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from spawnnet_data.cli import data_app
from spawnnet_train.terminal.answers import errors_as_sentences
from spawnnet_train.terminal.interruption import InterruptibleGroup

# Commands import what they need when they run, so that `--help` does not wait for torch.

app = typer.Typer(
    cls=InterruptibleGroup,
    help="Train robot policies from camera images, from a YAML file.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(data_app, name="data")

Config = Annotated[Path, typer.Argument(help="A YAML file, such as configs/quickstart.yaml.")]
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
Imports = Annotated[
    list[str], typer.Option("--import", metavar="MODULE", help="A plug-in to include.")
]
Kind = Literal[
    "algorithms",
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


@app.callback()
def main(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of all errors.")] = False,
) -> None:
    """Set up logging; every command passes through here."""
    level = logging.DEBUG if debug else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s", stream=sys.stderr)
    for package in _TALKING:
        logging.getLogger(package).setLevel(logging.INFO)


def command(name: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command whose bad input becomes sentences."""

    def add(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def answered(*arguments: Any, **options: Any) -> None:
            with errors_as_sentences():
                function(*arguments, **options)

        return app.command(name)(answered)

    return add


@command()
def run(config: Config, overrides: Overrides = []) -> None:  # noqa: B006 - Typer wants a list
    """Train a policy."""
    from spawnnet_train.runs.launch import run as run_config
    from spawnnet_train.runs.loading import load_config

    run_config(load_config(config, overrides))


@command()
def check(config: Config, overrides: Overrides = []) -> None:  # noqa: B006 - Typer wants a list
    """Check a configuration as `run` does, and say what it needs and this machine lacks."""
    from spawnnet_train.runs.loading import load_config
    from spawnnet_train.runs.requirements import missing
    from spawnnet_train.terminal.console import Console

    loaded, console = load_config(config, overrides), Console()
    lacking = missing(loaded)
    console.notice(f"{config} passes every check" + (", but it needs:" if lacking else "."))
    for sentence in lacking:
        console.notice(f"  {sentence}")


@command()
def features(config: Config, overrides: Overrides = []) -> None:  # noqa: B006 - Typer wants a list
    """Compute the frozen features of demonstrations beforehand, for all runs that share them."""
    from spawnnet_train.runs.features import fill_features
    from spawnnet_train.runs.loading import load_config

    fill_features(load_config(config, overrides))


@command()
def resume(run: Run) -> None:
    """Go on with a run that was stopped, as if it had not been."""
    from spawnnet_train.runs.launch import resume as resume_run

    resume_run(run)


@command("eval")
def evaluate(
    run: Run,
    checkpoint: Checkpoint = None,
    episodes: Annotated[
        int | None, typer.Option(help="Episodes on training cabinets; as in the run if not given.")
    ] = None,
    blind: Annotated[bool, typer.Option("--blind", help="Replace every image by zeros.")] = False,
    overrides: Overrides = [],  # noqa: B006 - Typer wants a list
) -> None:
    """Evaluate a checkpoint of a run; the same seed gives the same numbers."""
    from spawnnet_train.runs.reevaluation import evaluate as evaluate_run

    changes = [] if episodes is None else [f"evaluation.episodes={episodes}"]
    evaluate_run(run, checkpoint=checkpoint, is_blind=blind, overrides=[*changes, *overrides])


@command()
def visualize(
    run: Run,
    checkpoint: Checkpoint = None,
    episodes: Annotated[int | None, typer.Option(help="Of each set; all if not given.")] = None,
) -> None:
    """Draw predicted and labelled actions, and film what the adapters look at."""
    from spawnnet_train.use.visualization import visualize as visualize_run

    visualize_run(run, checkpoint=checkpoint, max_episodes=episodes)


@command()
def latency(
    run: Run,
    checkpoint: Checkpoint = None,
    steps: Annotated[int, typer.Option(min=1, help="Control steps timed.")] = 100,
) -> None:
    """Print how long a control step takes, part by part."""
    from spawnnet_train.terminal.console import Console
    from spawnnet_train.use.latency import measure_latency
    from spawnnet_train.use.saved_policy import open_policy

    parts = measure_latency(open_policy(run, checkpoint), steps=steps)
    rows = [(part.part, f"{1e3 * part.median:.2f}", f"{1e3 * part.p99:.2f}") for part in parts]
    Console().table("Control step", ("part", "median (ms)", "99 % (ms)"), rows)


@command()
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


@command()
def serve(
    policy: Annotated[Path, typer.Argument(help="A run directory, or what `export` wrote.")],
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


@command()
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
) -> None:
    """Run every combination of settings, skip what is finished, and compare them over seeds."""
    from spawnnet_train.runs.sweep import run_sweep
    from spawnnet_train.terminal.console import Console

    console = Console()
    for config in configs:
        comparison = run_sweep(config, grid, jobs=jobs, console=console)
        console.table(f"{config}, run by run", *comparison.runs())
        console.table(f"{config}, over seeds", *comparison.settings())


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
def study(
    folder: Annotated[Path, typer.Argument(help="Holds plans, such as configs/study.")],
    where: Annotated[
        list[str], typer.Option(metavar="AXIS=A,B", help="Run such cells alone; repeat it.")
    ] = [],  # noqa: B006 - Typer wants a list
    jobs: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 1,
) -> None:
    """Run all plans of a folder, skip what is finished, and write one report."""
    from spawnnet_train.study.study import run_study

    typer.echo(run_study(folder, where, jobs=jobs))


@command("list")
def list_names(
    kind: Annotated[Kind, typer.Argument(help="What to list; see the choices.", show_choices=True)],
    imports: Imports = [],  # noqa: B006 - Typer wants a list
) -> None:
    """List what a configuration can name: encoders, heads, tasks, algorithms and so on."""
    from spawnnet_train.runs.catalog import catalog
    from spawnnet_train.terminal.console import Console

    Console().paths(kind, dict(catalog(kind, imports)))


@command()
def schema(imports: Imports = []) -> None:  # noqa: B006 - Typer wants a list
    """Print the JSON Schema of configuration files, for editors."""
    from spawnnet_train.runs.loading import json_schema

    typer.echo(json.dumps(json_schema(imports), indent=2))
