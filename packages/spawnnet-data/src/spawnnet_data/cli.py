"""`spawnnet-train data`: look at, check and convert demonstrations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from spawnnet_data.reading.mapping import KeyMapping
    from spawnnet_data.sources.source import DemonstrationSource
    from spawnnet_data.tools.inspection import KeySummary

# Commands import what they need when they run, so that `--help` does not wait for torch.

data_app = typer.Typer(help="Look at, check and convert demonstrations.", no_args_is_help=True)
DataPath = Annotated[Path, typer.Argument(help="File or directory, its format is found out.")]
KeysFile = Annotated[
    Path | None,
    typer.Option("--keys", help="YAML file with the key mapping; guessed from names without it."),
]


@data_app.command("inspect")
def inspect_command(
    path: DataPath,
    contact_sheet: Annotated[
        Path, typer.Option(help="PNG to write pictures of some episodes to.")
    ] = Path("contact_sheet.png"),
) -> None:
    """Print episodes, lengths, keys, shapes, rate and ranges, and draw some images."""
    from spawnnet_data.sources.formats import open_source
    from spawnnet_data.tools.contact_sheet import save_contact_sheet
    from spawnnet_data.tools.inspection import summarize

    console = _console()
    with _errors_in_one_line():
        source = open_source(path)
        _print_overview(console, source)
        summaries = summarize(source)
        _print_table(console, _key_table(summaries))
        problems = [*map(str, source.problems), *(item.problem for item in summaries)]
        for problem in filter(None, dict.fromkeys(problems)):
            console.print(f"problem: {problem}", style="red")
        if any(item.spec and item.spec.kind != "array" for item in summaries):
            save_contact_sheet(source, contact_sheet)
            console.print(f"contact sheet: {contact_sheet}")


@data_app.command("check")
def check_command(
    path: DataPath,
    key: Annotated[list[str] | None, typer.Option(help="Check this key only; repeat it.")] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--range", help="Values allowed: actions=-1:1; repeat it.")
    ] = None,
    jump: Annotated[float, typer.Option(help="How many ordinary steps make a jump.")] = 10.0,
    images: Annotated[bool, typer.Option(help="Read every image.")] = True,
) -> None:
    """Find NaN, wrong ranges, jumps, gaps, lengths that differ, and damaged files.

    Exits with 1 if something is found.
    """
    from spawnnet_data.sources.formats import open_source
    from spawnnet_data.tools.check import CheckConfig, check_source

    console = _console()
    num_problems = 0
    with _errors_in_one_line():
        ranges = dict(_parse_range(text) for text in allow or [])
        config = CheckConfig(key or (), ranges, jump, images)
        source = open_source(path)
        found = check_source(source, config)
        for problems in _track(found, 1 + len(source.episodes), "checking"):
            num_problems += len(problems)
            for problem in problems:
                console.print(str(problem))
    plural = "" if num_problems == 1 else "s"
    summary = f"{num_problems} problem{plural} in {len(source.episodes)} episodes."
    console.print(summary)
    raise typer.Exit(1 if num_problems else 0)


@data_app.command("convert")
def convert_command(
    path: DataPath,
    destination: Annotated[Path, typer.Argument(help="Directory for the HDF5 files.")],
    keys: KeysFile = None,
    image_size: Annotated[
        tuple[int, int] | None, typer.Option(help="H and W to resize every image to.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Convert this part only.")] = None,
    compression: Annotated[
        Literal["none", "lzf", "gzip"], typer.Option(help="Of every array.")
    ] = "none",
    skip_broken: Annotated[bool, typer.Option(help="Leave broken episodes out.")] = False,
) -> None:
    """Write the HDF5 layout of the original, one verified file per episode.

    Run it again after an interruption: finished episodes are kept.
    """
    from spawnnet_data.reading.demonstrations import Demonstrations
    from spawnnet_data.reading.mapping import infer_mapping
    from spawnnet_data.sources.formats import open_source
    from spawnnet_data.tools.convert import convert

    console = _console()
    with _errors_in_one_line():
        source = open_source(path)
        mapping = infer_mapping(source) if keys is None else load_mapping(keys)
        if image_size is not None:
            mapping = replace(mapping, image_size=image_size)
        demonstrations = Demonstrations(source, mapping, split=split, skip_broken=skip_broken)
        done = convert(demonstrations, destination, compression=compression)
        converted = list(_track(done, len(demonstrations), "converting"))
    kept = sum(episode.was_there for episode in converted)
    failed = sum(episode.problem is not None for episode in converted)
    console.print(
        f"{len(converted) - failed} episodes in {destination}, {kept} of them from an earlier run, "
        f"{len(demonstrations.skipped) + failed} left out."
    )


def load_mapping(path: Path) -> KeyMapping:
    """Read a key mapping from a YAML file.

    Raises:
        ValueError: If it is no valid mapping; the message starts with file and field.
    """
    import yaml
    from pydantic import TypeAdapter, ValidationError

    from spawnnet_data.reading.mapping import KeyMapping

    try:
        return TypeAdapter(KeyMapping).validate_python(yaml.safe_load(path.read_text("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path}: {place}: {first['msg']}.") from None


def _print_overview(console: Console, source: DemonstrationSource) -> None:
    lengths = sorted(episode.length for episode in source.episodes)
    console.print(f"{source.path}: {source.format}")
    if not lengths:
        console.print("no episode can be read")
        return
    console.print(
        f"{len(lengths)} episodes, {sum(lengths)} time steps "
        f"({lengths[0]} to {lengths[-1]}, median {median(lengths):g})"
    )
    rate = "unknown" if source.rate is None else f"{source.rate:g} Hz"
    console.print(f"rate: {rate}")
    for name, episodes in source.splits.items():
        console.print(f"split {name}: {len(episodes)} episodes")
    for episode in source.episodes[:10]:
        task = f", {episode.task}" if episode.task else ""
        console.print(f"  {episode.name}: {episode.length} steps{task}")
    if len(lengths) > 10:
        console.print(f"  ... and {len(lengths) - 10} more")


def _key_table(summaries: Sequence[KeySummary]) -> Table:
    from rich.table import Table

    table = Table("key", "kind", "shape", "dtype", "range", box=None, pad_edge=False)
    for item in summaries:
        if item.spec is None:
            table.add_row(item.key, "unreadable", "", "", "")
            continue
        shape = "x".join(map(str, item.spec.shape)) or "scalar"
        span = f"{item.low:.4g} to {item.high:.4g}"
        table.add_row(item.key, item.spec.kind, shape, str(item.spec.dtype), span)
    return table


def _print_table(console: Console, table: Table) -> None:
    """Print a table as wide as it is, wherever it goes: cropped keys are of no use."""
    from rich.measure import Measurement

    unlimited = console.options.update(max_width=10_000)
    console.print(table, width=Measurement.get(console, unlimited, table).maximum, crop=False)


def _parse_range(text: str) -> tuple[str, tuple[float, float]]:
    key, _, span = text.rpartition("=")
    low, _, high = span.partition(":")
    try:
        return key, (float(low), float(high))
    except ValueError:
        raise ValueError(f"--range {text}: expected key=low:high, such as actions=-1:1.") from None


def _track(items: Any, total: int, what: str) -> Iterator[Any]:
    """Show progress on stderr, so that the output can be redirected."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return iter(
        track(
            items,
            what,
            total=total,
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
    )


def _console() -> Console:
    from rich.console import Console

    # Long keys and messages are neither cropped nor broken, nor is `:mask:` an emoji.
    return Console(soft_wrap=True, emoji=False, markup=False, highlight=False)


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(2) from None
