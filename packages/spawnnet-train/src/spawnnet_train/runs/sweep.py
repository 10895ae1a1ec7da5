"""Run a grid of settings, each combination once, and compare the results in one table."""

from __future__ import annotations

import hashlib
import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.yaml_file import parse_yaml
from spawnnet_train.record.files import write_csv
from spawnnet_train.record.run_record import RunRecord
from spawnnet_train.runs.loading import dump_yaml, load_config
from spawnnet_train.runs.run_config import RunConfig

_COMMAND = [sys.executable, "-m", "spawnnet_train", "run"]
_COMPARED = ("train/loss", "val/mse_", "val/abs_", "success/", "evaluation/")


def run_sweep(config: Path, grid: Sequence[str], *, jobs: int = 1) -> list[list[str]]:
    """Run every combination that has no result yet and return the table of all.

    Args:
        config: A YAML file.
        grid: `path=a,b,c` each. A bare name such as `lr` stands for the one setting that ends so.
        jobs: Runs at a time, each a process of its own.

    Returns:
        The header and one row per combination, also written to `sweep.csv` in the experiment's
        folder. A combination that failed has no results; its output is in `sweep/<id>/log.txt`.

    Raises:
        ConfigError: If a combination cannot be run; none has been started by then.
    """
    base = load_config(config)
    axes = [_axis(text, _paths(parse_yaml(dump_yaml(base), str(config)))) for text in grid]
    combinations = [list(chosen) for chosen in itertools.product(*axes)]
    folder = base.output / base.experiment / "sweep"
    places = [folder / _identity(load_config(config, chosen)) for chosen in combinations]
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda pair: _run(config, *pair), zip(combinations, places, strict=True)))
    table = _table(combinations, [_result(place) for place in places])
    write_csv(folder / "sweep.csv", table[0], table[1:])
    return table


def _axis(text: str, paths: Sequence[str]) -> list[str]:
    """Return the overrides `path=value` of one axis of the grid."""
    path, equals, values = text.partition("=")
    if not equals:
        raise ConfigError([f"--set {text}: expected path=value,value, such as seed=0,1,2."])
    found = [known for known in paths if known == path] or [
        known for known in paths if known.endswith(f".{path}")
    ]
    if len(found) > 1:
        raise ConfigError([f"--set {text}: could be {' or '.join(found)}, write one of them."])
    listed = parse_yaml(f"[{values}]", f"--set {text}")
    return [f"{found[0] if found else path}={json.dumps(value)}" for value in listed]


def _paths(settings: Any, prefix: str = "") -> list[str]:
    if not isinstance(settings, dict):
        return [prefix]
    below = [_paths(value, f"{prefix}.{key}" if prefix else key) for key, value in settings.items()]
    return [path for paths in below for path in paths]


def _identity(config: RunConfig) -> str:
    """Return a name that no other settings have."""
    return hashlib.sha256(dump_yaml(config).encode()).hexdigest()[:12]


def _run(config: Path, chosen: Sequence[str], place: Path) -> None:
    if _result(place):
        return
    place.mkdir(parents=True, exist_ok=True)
    settings = [*chosen, f"output={json.dumps(str(place))}"]
    overrides = [argument for setting in settings for argument in ("--set", setting)]
    with (place / "log.txt").open("w", encoding="utf-8") as log:
        command = [*_COMMAND, str(config), *overrides]
        subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)


def _result(place: Path) -> dict[str, Any]:
    """Return what the last finished run below `place` found; empty if none is finished."""
    finished = [RunRecord.open(path.parent) for path in sorted(place.glob("*/*/result.json"))]
    return finished[-1].saved_result() if finished else {}


def _table(
    combinations: Sequence[Sequence[str]], results: Sequence[dict[str, Any]]
) -> list[list[str]]:
    settings = [override.partition("=")[0] for override in combinations[0]]
    names = sorted({name for result in results for name in result if _is_compared(name)})
    rows = [
        [override.partition("=")[2] for override in chosen]
        + [
            f"{result[name]:.5g}" if isinstance(result.get(name), int | float) else ""
            for name in names
        ]
        for chosen, result in zip(combinations, results, strict=True)
    ]
    return [[*settings, *names], *rows]


def _is_compared(name: str) -> bool:
    return name.startswith(_COMPARED) and name.count("/") == 1
