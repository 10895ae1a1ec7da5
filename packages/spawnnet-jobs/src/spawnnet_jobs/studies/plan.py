"""Plans: YAML files that say which runs a study is made of.

A plan has a base, the configuration of a run, and axes, of which each value changes some of its
settings. Every combination is a cell. The first axis varies slowest, and values come in the order
of the file, so what separates most stands first.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_config import ConfigError
from spawnnet_config.merging import merged
from spawnnet_config.section import STRICT
from spawnnet_config.validation import Schema
from spawnnet_jobs.program import Program
from spawnnet_jobs.studies.cell import Cell

SEED = "seed"
"""The axis whose values repeat a cell rather than change it; reports take them together."""
_SOME = Field(min_length=1)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Plan:
    """What one file of a study asks."""

    title: str
    base: str
    """A configuration of a run, relative to the file."""
    text: str = ""
    """What is compared, for the report."""
    axes: Annotated[dict[str, Annotated[dict[str, dict[str, Any]], _SOME]], _SOME]
    """Names, values, and the settings of each value."""


def read_plans(program: Program, folder: Path) -> dict[str, Plan]:
    """Return the plans of a folder by their names; files without `axes` are bases of others.

    Raises:
        ConfigError: If there is none, or a file is no plan.
    """
    documents = {path: program.read(path) for path in sorted(folder.glob("*.yaml"))}
    plans = {path.stem: _plan(path, text) for path, text in documents.items() if "axes" in text}
    if not plans:
        raise ConfigError([f"{folder}: holds no plan, a YAML file with `base` and `axes`."])
    return plans


def _plan(path: Path, document: Mapping[str, Any]) -> Plan:
    try:
        return Schema(Plan).validate(document)
    except ConfigError as error:
        raise ConfigError([f"{path}: {problem}" for problem in error.problems]) from None


def cells_of(program: Program, folder: Path, plan: Plan) -> list[Cell]:
    """Return the cells of a plan of a folder, in its order.

    Raises:
        ConfigError: If a cell cannot be run.
    """
    base = folder / plan.base
    settings = {"experiment": base.stem, **program.read(base)}
    cells = []
    for values in itertools.product(*plan.axes.values()):
        labels = dict(zip(plan.axes, values, strict=True))
        cells.append(Cell.of(labels, _complete(program, settings, plan, labels)))
    return cells


def _complete(
    program: Program, settings: dict[str, Any], plan: Plan, labels: Mapping[str, str]
) -> dict[str, Any]:
    for axis, value in labels.items():
        settings = merged(settings, plan.axes[axis][value])
    try:
        return program.complete(settings)
    except ConfigError as error:
        cell = ", ".join(labels.values())
        raise ConfigError([f"{plan.title}, {cell}: {one}" for one in error.problems]) from error
