"""From a configuration file to a configuration that can be run, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from spawnnet_config.validation import Schema
from spawnnet_encoders import list_encoders
from spawnnet_policies import list_policies
from spawnnet_train.algorithms.registry import list_algorithms
from spawnnet_train.config.errors import building
from spawnnet_train.config.files import read_settings
from spawnnet_train.config.overrides import apply_overrides
from spawnnet_train.config.plugins import import_plugins
from spawnnet_train.config.simulator import IS_INSTALLED, check_simulator, list_engines
from spawnnet_train.config.structure import versions
from spawnnet_train.rollouts.simulation import say_cabinets
from spawnnet_train.runs.checks import check, with_depth_decided
from spawnnet_train.runs.run_config import RunConfig


def load_config(path: Path | str, overrides: Sequence[str] = ()) -> RunConfig:
    """Read, override, validate and check the configuration file `path`.

    Args:
        path: A YAML file; `extends: other.yaml` in it takes over what it does not set itself.
        overrides: `path=value` each, see `apply_overrides`.

    Raises:
        ConfigError: If anything in it cannot be run; nothing has been built by then.
    """
    path = Path(path)
    settings = apply_overrides(read_settings(path), overrides)
    return load_settings({"experiment": path.stem, **settings})


def load_settings(settings: dict[str, Any]) -> RunConfig:
    """Return the configuration of parsed settings, validated, checked and with depth decided.

    Raises:
        ConfigError: If anything in them cannot be run; nothing has been built by then.
    """
    config = validate(settings)
    check(config)
    return with_depth_decided(config)


def validate(settings: dict[str, Any]) -> RunConfig:
    """Return the configuration that parsed YAML stands for, plug-ins imported.

    Raises:
        ConfigError: With one sentence for each key or value that is wrong.
    """
    with building(""):
        check_simulator(settings)
    import_plugins(settings)
    return _schema().validate(say_cabinets(settings))


def dump(config: RunConfig) -> dict[str, Any]:
    """Return `config` as what YAML can say, with every default written out."""
    return _schema().dump(config)


def dump_yaml(config: RunConfig) -> str:
    """Return `config` as YAML, with every default written out."""
    return _schema().dump_yaml(config)


def json_schema(imports: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of a configuration file, with everything that can be named in it.

    Args:
        imports: Modules to import first, as in a configuration file.

    Raises:
        ConfigError: If one does not exist.
    """
    import_plugins({"imports": list(imports)})
    return {"$comment": versions(), **_schema().document}


def _schema() -> Schema[RunConfig]:
    engines = list_engines() if IS_INSTALLED else ()
    return _schema_of((list_algorithms(), list_encoders(), list_policies(), engines))


@lru_cache(maxsize=1)
def _schema_of(names: tuple[tuple[str, ...], ...]) -> Schema[RunConfig]:
    """Return the schema in which the registered `names` can be chosen."""
    del names  # what is registered by now is found again
    return Schema(RunConfig)
