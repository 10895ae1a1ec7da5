"""The structure of a configuration file, checked before anything heavy is imported.

`schema.json` beside this module is the JSON Schema of the built-in choices, as `spawnnet-train
schema` prints it. What passes here is validated once more, by the dataclasses themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spawnnet_config.structure import Structure
from spawnnet_record.provenance import version_of
from spawnnet_train.config.files import read_settings
from spawnnet_train.config.overrides import apply_overrides
from spawnnet_train.config.plugins import has_plugins

SCHEMA = Path(__file__).with_name("schema.json")
_PACKAGES = ("data", "encoders", "policies", "sim", "train")


def check_file(path: Path, overrides: Sequence[str] = ()) -> None:
    """Check keys, names, types and ranges of a configuration file.

    Where plug-ins may add choices, or other versions of the packages are installed than the schema
    is of, it is left to `load_config`.

    Raises:
        ConfigError: With the sentences that `load_config` would say.
    """
    settings = apply_overrides(read_settings(path), overrides)
    document = shipped_schema(settings)
    if document is not None:
        Structure(document).check({"experiment": path.stem, **settings})


def shipped_schema(settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the JSON Schema of configurations; None where that of this machine may be another."""
    if has_plugins(settings):
        return None
    document: dict[str, Any] = json.loads(SCHEMA.read_text("utf-8"))
    return document if document["$comment"] == versions() else None


def versions() -> str:
    """Return the versions of the packages that configurations are about."""
    names = [f"spawnnet-{name}" for name in _PACKAGES]
    return ", ".join(f"{name} {version_of(name) or 'missing'}" for name in names)
