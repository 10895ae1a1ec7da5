"""Write what is generated from the configuration classes: `nox -s reference` runs this.

The JSON Schema inside `spawnnet-train`, by which a configuration is checked before torch is
imported, and the page of all options. A test compares both with what this would write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spawnnet_config.options import Option, Options
from spawnnet_train.config.structure import SCHEMA
from spawnnet_train.runs.loading import json_schema

PAGE = Path(__file__).parent / "reference" / "options.md"
HEAD = """\
# Every option of a configuration file

Written by `nox -s reference` from the classes that define the options; `spawnnet-train show NAME`
says the same at the terminal, and `spawnnet-train schema` prints it for editors. A path is dotted,
as in `--set train.optimizer.lr=1e-4`; `NAME` in it stands for a name of yours. A section has no
default of its own: each of its options has one.
"""


def schema_text(document: dict[str, Any]) -> str:
    """Return the file with the JSON Schema."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def page_text(document: dict[str, Any]) -> str:
    """Return the page with a table for the run and one for everything that a `name` chooses."""
    options = Options(document)
    lines = [HEAD, "## The run", "", *_table(options.below(document))]
    for path, variants in options.choices().items():
        for name, section in variants.items():
            lines += ["", f"## `{path}: {{name: {name}}}`", "", _first(section), ""]
            lines += _table(options.below(section))
    return "\n".join(lines) + "\n"


def _first(section: dict[str, Any]) -> str:
    description: str = section.get("description", "")
    return description.partition("\n\n")[0].replace("\n", " ")


def _table(options: Iterator[Option]) -> Iterator[str]:
    yield "| option | type | default | meaning |"
    yield "|---|---|---|---|"
    for option in options:
        cells = (f"`{option.path}`", option.type, f"`{option.default}`", option.meaning)
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return "" if text == "``" else text.replace("|", r"\|").replace("\n", " ")


def main() -> None:
    """Write both files."""
    document = json_schema()
    PAGE.parent.mkdir(exist_ok=True)
    SCHEMA.write_text(schema_text(document), "utf-8")
    PAGE.write_text(page_text(document), "utf-8")


if __name__ == "__main__":
    main()
