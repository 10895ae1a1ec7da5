"""What a job asks of SLURM."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, field
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_config import ConfigError
from spawnnet_config.section import STRICT
from spawnnet_config.validation import Schema


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SlurmConfig:
    """What a job asks of SLURM; what is not given is as the cluster has it."""

    partition: str | None = None
    """The partition, such as `main`."""
    account: str | None = None
    """Who is charged."""
    qos: str | None = None
    """Quality of service."""
    constraint: str | None = None
    """Features that nodes must have, such as `h100`."""
    nodes: Annotated[int, Field(ge=1)] = 1
    """Nodes that train together; on each of them torchrun starts `processes`."""
    processes: Annotated[int, Field(ge=1)] = 1
    """Processes that train together on each node, such as one per GPU."""
    gres: str | None = None
    """Devices of each node, such as `gpu:2`."""
    cpus: Annotated[int, Field(ge=1)] | None = None
    """CPUs of each node."""
    mem: str | None = None
    """Memory of each node, such as `48G`."""
    time: str | None = None
    """Time limit, such as `24:00:00` or `1-00:00:00`; at least 5 minutes."""
    requeue: bool = False
    """Whether a job that is stopped, by its time limit or for another job, goes on in the queue."""
    grace: Annotated[int, Field(ge=10)] = 120
    """Seconds before the time limit at which the run is asked to write a checkpoint and end."""
    options: Mapping[str, str | int | bool] = field(default_factory=dict)
    """Other options of `sbatch` by their long names, such as `{exclude: node7}`; true for one
    without a value."""


_SCHEMA = Schema(SlurmConfig)
_NO_TEXT = frozenset({"nodes", "processes", "cpus", "requeue", "grace"})
_NUMBER = re.compile(r"[0-9]{1,9}")
_WORDS = {"true": True, "false": False}


def slurm_config(settings: Mapping[str, Any] | None, texts: Iterable[str] = ()) -> SlurmConfig:
    """Return what is asked of SLURM.

    Args:
        settings: The section `slurm` of a configuration; None for no such section.
        texts: `option=value,option=value` each, on top of it; what is no field of `SlurmConfig` is
            an option of `sbatch`.

    Raises:
        ConfigError: If a value does not fit.
    """
    chosen = {**asdict(SlurmConfig()), **(settings or {})}
    for name, value in _pairs(texts):
        if name in _NO_TEXT:
            chosen[name] = int(value) if _NUMBER.fullmatch(value) else _WORDS.get(value, value)
        elif name in chosen.keys() - {"options"}:
            chosen[name] = value
        else:
            chosen["options"] = {**chosen["options"], name: _WORDS.get(value, value)}
    _check_printable({**chosen, **chosen["options"]})
    try:
        return _SCHEMA.validate(chosen)
    except ConfigError as error:
        raise ConfigError([f"slurm.{problem}" for problem in error.problems]) from None


def _pairs(texts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for text in texts:
        for pair in text.split(","):
            name, equals, value = pair.partition("=")
            if not (equals and name and value):
                example = "partition=main,gres=gpu:2,time=24:00:00"
                remedy = "What has commas in it belongs into `slurm.options` of the file."
                raise ConfigError([f"--slurm {text}: expected a list such as {example}. {remedy}"])
            yield name.strip().removeprefix("--"), value.strip()


def _check_printable(values: Mapping[str, Any]) -> None:
    """Check that values stay on the line of the script that they are written to."""
    for name, value in values.items():
        if not f"{name}{value}".isprintable():
            raise ConfigError([f"slurm.{name}: has characters that do not print, got {value!r}."])
