"""Templates and what they can call."""

from __future__ import annotations

import math
from datetime import datetime
from functools import cache
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from spawnnet_record.__about__ import __version__
from spawnnet_record.report.numbers import duration, moment, number


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("spawnnet_record.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "duration": duration, "setting": _setting}
    return environment


def _setting(value: Any) -> str:
    """Return a value as it stands in a configuration."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=math.inf)
    return text.removesuffix("...\n").strip()


def render(template: str, **content: Any) -> str:
    """Return a page: text of `content` cannot become a part of its program."""
    written = moment(datetime.now().isoformat())
    page = _environment().get_template(template)
    return page.render(**content, written=written, version=__version__)
