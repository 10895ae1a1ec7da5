"""This trainer, as sweeps and studies know it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, final

from spawnnet_train.config.files import read_settings
from spawnnet_train.config.overrides import apply_overrides
from spawnnet_train.config.yaml_file import parse_yaml
from spawnnet_train.runs.loading import dump, load_settings


@final
class Trainer:
    """A `spawnnet_jobs.program.Program`."""

    command: ClassVar[Sequence[str]] = (sys.executable, "-m", "spawnnet_train")

    def read(self, file: Path) -> dict[str, Any]:
        """Return the settings of a file and of those that it extends."""
        return read_settings(file)

    def parse(self, text: str, source: str) -> Any:
        """Return the value of a YAML text."""
        return parse_yaml(text, source)

    def complete(
        self, settings: Mapping[str, Any], overrides: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Return checked settings with every default."""
        return dump(load_settings(apply_overrides(settings, overrides)))
