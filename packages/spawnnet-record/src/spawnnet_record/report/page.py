"""Templates and what they can call."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from spawnnet_record.__about__ import __version__
from spawnnet_record.report.numbers import duration, moment, number, percent


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("spawnnet_record.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "percent": percent, "duration": duration}
    return environment


def render(template: str, **content: Any) -> str:
    """Return a page: text of `content` cannot become a part of its program."""
    written = moment(datetime.now().isoformat())
    page = _environment().get_template(template)
    return page.render(**content, written=written, version=__version__)
