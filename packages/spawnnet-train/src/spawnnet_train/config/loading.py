"""From a configuration file to a configuration that can be run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spawnnet_train.config.checks import check
from spawnnet_train.config.overrides import apply_overrides
from spawnnet_train.config.run_config import BehaviorCloningRun, RunConfig
from spawnnet_train.config.validation import validate
from spawnnet_train.config.yaml_file import read_yaml


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunConfig | BehaviorCloningRun:
    """Read, override, validate and check the configuration file `path`.

    Args:
        path: A YAML file.
        overrides: `path=value` each, see `apply_overrides`.

    Raises:
        ConfigError: If anything in it cannot be run; nothing has been built by then.
    """
    config = validate(apply_overrides(read_yaml(path), overrides))
    check(config)
    return config
