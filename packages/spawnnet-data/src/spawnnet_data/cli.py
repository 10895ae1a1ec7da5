"""`spawnnet-data`: look at, check and convert demonstrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from spawnnet_data.common.errors import ConfigurationError, DataError, printable
from spawnnet_data.tools.interruption import exit_status, terminable

if TYPE_CHECKING:
    from spawnnet_data.sources.source import DemonstrationSource

# Commands import what they need when they run, so that `--help` does not wait for torch.


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """Print what data, settings or the disk cause as one sentence; bugs stay as they are.

    Ctrl-C and SIGTERM end a command alike, without a traceback.
    """
    try:
        with terminable():
            yield
    except KeyboardInterrupt as interruption:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(exit_status(interruption)) from None
    except (DataError, ConfigurationError, OSError) as error:
        typer.echo(f"Error: {printable(str(error))}", err=True)
        raise typer.Exit(2) from None


class _Commands(TyperGroup):
    """Commands of which each ends in one line where data, settings or the disk stop it."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it imports can be interrupted, too."""
        with _errors_in_one_line():
            return super().invoke(ctx)


data_app = typer.Typer(
    cls=_Commands,
    help="Look at, check and convert demonstrations.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
DataPath = Annotated[Path, typer.Argument(help="File or directory; its format is detected.")]
KeysFile = Annotated[
    Path | None,
    typer.Option("--keys", help="YAML file with the key mapping; inferred from names without it."),
]
FollowLinks = Annotated[
    bool,
    typer.Option("--follow-links", help="Read files outside of the data set that it points to."),
]


@data_app.command("inspect")
def inspect_command(
    path: DataPath,
    contact_sheet: Annotated[
        Path, typer.Option(help="PNG to write pictures of some episodes to.")
    ] = Path("contact_sheet.png"),
    follow_links: FollowLinks = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the table of keys as one line of JSON.")
    ] = False,
) -> None:
    """Print episodes, lengths, keys, shapes, rate and ranges, and draw some images."""
    from spawnnet_data.tools.console import make_console, print_line, print_table, write_json_line
    from spawnnet_data.tools.contact_sheet import save_contact_sheet
    from spawnnet_data.tools.inspection import summarize
    from spawnnet_data.tools.overview import KEY_COLUMNS, key_rows, overview, problems_of

    console = make_console(is_error=as_json)
    source = _open(path, follow_links)
    for line in overview(source):
        print_line(console, line)
    summaries = summarize(source)
    if as_json:
        write_json_line(str(path), KEY_COLUMNS, key_rows(summaries))
    else:
        print_table(console, KEY_COLUMNS, key_rows(summaries))
    for problem in problems_of(source, summaries):
        print_line(console, f"problem: {problem}", style="red")
    if any(item.spec and item.spec.kind != "array" for item in summaries):
        save_contact_sheet(source, contact_sheet)
        print_line(console, f"contact sheet: {contact_sheet}")


@data_app.command("check")
def check_command(
    path: DataPath,
    key: Annotated[list[str] | None, typer.Option(help="Check this key only; repeat it.")] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--range", help="Values allowed: actions=-1:1; repeat it.")
    ] = None,
    jump: Annotated[float, typer.Option(help="How many ordinary steps make a jump.")] = 10.0,
    images: Annotated[bool, typer.Option(help="Read every image.")] = True,
    keys: KeysFile = None,
    follow_links: FollowLinks = False,
) -> None:
    """Find NaN, wrong ranges, jumps, gaps, lengths that differ, and damaged files.

    Says at the end whether one can train on it. Exits with 1 if one cannot, or something is found.
    """
    from spawnnet_data.reading.mapping_file import load_mapping
    from spawnnet_data.tools.check import CheckConfig, check_source
    from spawnnet_data.tools.console import make_console, print_line, track
    from spawnnet_data.tools.verdict import verdict

    console = make_console()
    num_problems = 0
    ranges = _parse_ranges(allow or [])
    config = CheckConfig(key or (), ranges, jump, images)
    mapping = None if keys is None else load_mapping(keys)
    source = _open(path, follow_links)
    found = check_source(source, config)
    for problems in track(found, 1 + len(source.episodes), "checking"):
        num_problems += len(problems)
        for problem in problems:
            print_line(console, str(problem))
    plural = "" if num_problems == 1 else "s"
    print_line(console, f"{num_problems} problem{plural} in {len(source.episodes)} episodes.")
    can_train, sentence = verdict(source, num_problems, mapping)
    print_line(console, sentence)
    raise typer.Exit(0 if can_train and not num_problems else 1)


@data_app.command("convert")
def convert_command(
    path: DataPath,
    destination: Annotated[
        Path, typer.Argument(help="Directory to write; for robomimic the file.")
    ],
    to: Annotated[
        Literal["hdf5", "robomimic", "lerobot"], typer.Option(help="Format to write.")
    ] = "hdf5",
    keys: KeysFile = None,
    image_size: Annotated[
        tuple[int, int] | None, typer.Option(help="H and W to resize every image to.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Convert this part only.")] = None,
    compression: Annotated[
        Literal["none", "lzf", "gzip"], typer.Option(help="Compression of every array.")
    ] = "none",
    rate: Annotated[
        float | None, typer.Option(help="Time steps per second, in place of what files tell.")
    ] = None,
    skip_broken: Annotated[bool, typer.Option(help="Leave broken episodes out.")] = False,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Go on without keys that cannot be converted.")
    ] = False,
    follow_links: FollowLinks = False,
) -> None:
    """Write another format: verified HDF5 files of the original's layout, robomimic or LeRobot v3.

    Run hdf5 again after an interruption: finished episodes are kept.
    """
    from spawnnet_data.common.errors import listed
    from spawnnet_data.reading.demonstrations import Demonstrations
    from spawnnet_data.reading.inference import infer_mapping, left_out, unused_arrays
    from spawnnet_data.reading.mapping_file import load_mapping
    from spawnnet_data.tools.console import make_console, print_line, track
    from spawnnet_data.tools.conversion import convert_to, refuse_losses

    console = make_console()
    source = _open(path, follow_links)
    mapping = infer_mapping(source) if keys is None else load_mapping(keys)
    missing = left_out(source, mapping)
    for problem in missing:
        print_line(console, f"not converted: {problem}")
    # Whoever names the keys has chosen what to leave out.
    if keys is None and not allow_missing:
        refuse_losses(path, missing)
    unused = unused_arrays(source, mapping)
    if unused:
        print_line(console, f"no part of what is written: {listed(unused)}.")
    if image_size is not None:
        mapping = replace(mapping, image_size=image_size)
    demonstrations = Demonstrations(source, mapping, split=split, skip_broken=skip_broken)
    done = convert_to(to, demonstrations, destination, compression=compression, rate=rate)
    converted = list(track(done, len(demonstrations), "converting"))
    kept = sum(episode.was_there for episode in converted)
    failed = sum(episode.problem is not None for episode in converted)
    print_line(
        console,
        f"{len(converted) - failed} episodes in {destination}, {kept} of them from an earlier run, "
        f"{len(demonstrations.skipped) + failed} left out.",
    )


def _open(path: Path, follow_links: bool) -> DemonstrationSource:
    from spawnnet_data.sources.formats import open_source

    # A format of someone else need not know the option.
    return open_source(path, **({"follow_links": True} if follow_links else {}))


def _parse_ranges(texts: list[str]) -> dict[str, tuple[float, float]]:
    from spawnnet_data.common.errors import ConfigurationError

    ranges: dict[str, tuple[float, float]] = {}
    for text in texts:
        key, span = _parse_range(text)
        if key in ranges:
            low, high = ranges[key]
            message = f"{key} is to lie in {low:g}:{high:g} already, name each key once."
            raise ConfigurationError(f"--range {text}", message)
        ranges[key] = span
    return ranges


def _parse_range(text: str) -> tuple[str, tuple[float, float]]:
    from spawnnet_data.common.errors import ConfigurationError

    key, _, span = text.rpartition("=")
    low, _, high = span.partition(":")
    try:
        return key, (float(low), float(high))
    except ValueError:
        message = "expected key=low:high, such as actions=-1:1."
        raise ConfigurationError(f"--range {text}", message) from None
