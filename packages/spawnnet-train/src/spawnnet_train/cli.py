"""The command `spawnnet-train`."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from spawnnet_data.cli import data_app
from spawnnet_train.__about__ import __version__
from spawnnet_train.record.answers import errors_as_sentences
from spawnnet_train.record.interruption import InterruptibleGroup

if TYPE_CHECKING:
    from spawnnet_train.runs.run_config import RunConfig

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
Imports = Annotated[
    list[str], typer.Option("--import", metavar="MODULE", help="A plug-in to include.")
]
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
    ),
)
def run(
    config: Config,
    overrides: Overrides = [],  # noqa: B006 - Typer wants a list
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Build everything, show it, and stop there.")
    ] = False,
) -> None:
    """Train a policy."""
    loaded = _load(config, overrides)
    if dry:
        from spawnnet_train.record.console import Console
        from spawnnet_train.runs.rehearsal import rehearse

        rehearse(loaded, Console(), measure=False)
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
) -> None:
    """Check a configuration as `run` does, and say what it needs and this machine lacks."""
    loaded = _load(config, overrides)
    from spawnnet_train.record.console import Console
    from spawnnet_train.runs.rehearsal import rehearse
    from spawnnet_train.runs.requirements import missing

    console = Console()
    lacking = missing(loaded)
    console.notice(f"{config} passes every check" + (", but it needs:" if lacking else "."))
    for sentence in lacking:
        console.notice(f"  {sentence}")
    if measure and not lacking:
        rehearse(loaded, console, measure=True)


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
) -> None:
    """List the configurations that come with the package, or print or copy one."""
    from spawnnet_train.record.console import Console
    from spawnnet_train.runs.examples import copy_example, example_text, list_examples

    if name is None:
        Console().table("Examples", ("name", "what it is"), list_examples())
    elif folder is None:
        typer.echo(example_text(name), nl=False)
    else:
        for file in copy_example(name, folder):
            typer.echo(file)


@command()
def features(config: Config, overrides: Overrides = []) -> None:  # noqa: B006 - Typer wants a list
    """Compute the frozen features of demonstrations beforehand, for all runs that share them."""
    loaded = _load(config, overrides)
    from spawnnet_train.runs.features import fill_features

    fill_features(loaded)


@command()
def resume(run: Run) -> None:
    """Go on with a run that was stopped, as if it had not been."""
    from spawnnet_train.runs.launch import resume as resume_run

    resume_run(run)


@command(
    "eval",
    examples=(
        "spawnnet-train eval runs/quickstart/2026-11-24_12-00-00",
        "spawnnet-train eval RUN --checkpoint final --set evaluation.held_out_episodes=200",
    ),
)
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
    from spawnnet_train.record.console import Console
    from spawnnet_train.runs.saved_run import open_saved_run
    from spawnnet_train.use.latency import measure_latency

    parts = measure_latency(open_saved_run(run, checkpoint), steps=steps)
    rows = [(part.part, f"{1e3 * part.median:.2f}", f"{1e3 * part.p99:.2f}") for part in parts]
    Console().table("Control step", ("part", "median (ms)", "99 % (ms)"), rows)


@command(
    examples=("spawnnet-train sweep my.yaml --set lr=1e-4,3e-4 --set seed=0,1,2 --jobs 2",),
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
) -> None:
    """Run every combination of settings, skip what is finished, and compare them over seeds."""
    for config in configs:
        _check_structure(config)
    from spawnnet_train.record.console import Console
    from spawnnet_train.runs.sweep import run_sweep

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
) -> None:
    """List what a configuration can name: encoders, heads, tasks, algorithms and so on."""
    from spawnnet_train.record.console import Console
    from spawnnet_train.runs.catalog import catalog

    Console().table(kind, ("name", "what it is"), catalog(kind, imports, pattern))


@command(
    examples=(
        "spawnnet-train show spawnnet",
        "spawnnet-train show algorithm",
        "spawnnet-train show simulation.cameras",
    ),
)
def show(
    name: Annotated[
        str, typer.Argument(help="Such as spawnnet, dagger or train.optimizer; see `list`.")
    ],
    imports: Imports = [],  # noqa: B006 - Typer wants a list
) -> None:
    """Show every option of an encoder, head, algorithm, engine or section."""
    from spawnnet_train.config.options import Option, Options
    from spawnnet_train.config.structure import shipped_schema
    from spawnnet_train.record.console import Console

    document = shipped_schema({"imports": imports})
    if document is None:
        from spawnnet_train.runs.loading import json_schema

        document = json_schema(imports)
    options = Options(document)
    section = options.section(name)
    Console().table(section.get("description", name), Option._fields, options.below(section))


@command()
def schema(imports: Imports = []) -> None:  # noqa: B006 - Typer wants a list
    """Print the JSON Schema of configuration files, for editors."""
    from spawnnet_train.runs.loading import json_schema

    typer.echo(json.dumps(json_schema(imports), indent=2))
