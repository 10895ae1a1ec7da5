"""The command `spawnnet-record`."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from spawnnet_record.__about__ import __version__
from spawnnet_record.errors import RecordError
from spawnnet_record.report.pages import write_page


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser("spawnnet-record", description="Read what runs left on disk.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    report = commands.add_parser("report", help="write the report of a run or a sweep again")
    report.add_argument("folder", type=Path, help="of a run, or of a sweep")
    report.add_argument("--open", action="store_true", help="open it in a browser")
    options = parser.parse_args(arguments)
    try:
        page = write_page(options.folder)
    except RecordError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2
    sys.stdout.write(f"{page}\n")
    if options.open:
        webbrowser.open(page.resolve().as_uri())
    return 0
