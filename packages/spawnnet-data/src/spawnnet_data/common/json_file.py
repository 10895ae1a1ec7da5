"""JSON files that are there whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spawnnet_data.common.whole_file import whole_file


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write `value` as indented JSON, so that a reader finds the old contents or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as unfinished:
        unfinished.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
