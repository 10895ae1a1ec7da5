"""Prove that the wheel works alone, without the other packages.

Run by `python -I standalone.py` in an environment with nothing else installed; not a pytest module.
"""

from __future__ import annotations

import importlib.util
import sys

from pydantic.dataclasses import dataclass

from spawnnet_config import ConfigError
from spawnnet_config.section import STRICT
from spawnnet_config.validation import Schema

OTHERS = ("spawnnet_data", "spawnnet_encoders", "spawnnet_record", "spawnnet_train", "torch")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Settings:
    """Some settings."""

    width: int = 3
    """Of something."""


def main() -> None:
    """Validate right and wrong settings."""
    present = [name for name in OTHERS if importlib.util.find_spec(name)]
    if present:
        sys.exit(f"Not alone: {', '.join(present)} can be imported.")
    schema = Schema(Settings)
    if schema.dump_yaml(schema.validate({"width": 4})) != "width: 4\n":
        sys.exit("Settings are not written as they were read.")
    try:
        schema.validate({"widht": 4})
    except ConfigError as error:
        if "did you mean 'width'" not in str(error):
            raise
    else:
        sys.exit("An unknown key is accepted.")


if __name__ == "__main__":
    main()
