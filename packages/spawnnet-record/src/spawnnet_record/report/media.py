"""Pictures and videos within a page, with what is known of them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from spawnnet_record.files import read_json, write_json

_TYPES = {".png": "image/png", ".mp4": "video/mp4"}
_LARGEST = 30_000_000
"""Bytes of all pictures and videos of a page; what is beyond them is named instead."""


class Medium(NamedTuple):
    """A picture or a video.

    Attributes:
        name: Its file, relative to the run.
        source: All of it as a `data:` address; empty where it is too large for the page.
        is_video: Whether it moves.
        facts: What is known of it, see `write_facts`.
    """

    name: str
    source: str
    is_video: bool
    facts: Mapping[str, Any]


def write_facts(file: Path, facts: Mapping[str, Any]) -> None:
    """Write beside a picture or video what it shows.

    Args:
        file: The picture or video.
        facts: Such as `split`, `cameras`, `cabinets`, `success`, `step`, `seconds`.
    """
    write_json(file.with_suffix(".json"), facts)


def read_facts(file: Path) -> dict[str, Any]:
    """Return what `write_facts` wrote beside a picture or video; nothing where it wrote nothing."""
    return read_json(file.with_suffix(".json"))


def embedded(root: Path, files: Iterable[Path]) -> list[Medium]:
    """Return files as parts of a page, as long as it does not become too large.

    Args:
        root: The run, to which names are relative.
        files: PNG or MP4 each.
    """
    left, media = _LARGEST, []
    for file in files:
        num_bytes = file.stat().st_size
        source = _source(file) if num_bytes <= left else ""
        left -= num_bytes if source else 0
        name = str(file.relative_to(root))
        media.append(Medium(name, source, file.suffix == ".mp4", read_facts(file)))
    return media


def _source(file: Path) -> str:
    content = base64.b64encode(file.read_bytes()).decode()
    return f"data:{_TYPES[file.suffix]};base64,{content}"
