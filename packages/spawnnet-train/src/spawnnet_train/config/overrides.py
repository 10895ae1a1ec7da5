"""`--set path=value`: change single settings of a parsed configuration."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.shorthands import written_out
from spawnnet_train.config.yaml_file import parse_yaml

_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*|\[\d{1,6}\]){0,50}")
_STEP = re.compile(r"[A-Za-z_]\w*|\d+")


def apply_overrides(settings: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """Return a copy of `settings` with every override applied in order and shorthands written out.

    Args:
        settings: A parsed configuration; not changed.
        overrides: `path=value` each: `path` is dotted, with `[i]` for an item of a list that
            `settings` holds; `value` is YAML (`[2, 5, 8]`, `1e-4`, `{name: impala}`). Mappings on
            the way are created; whether the keys exist is for the validation to say.

    Raises:
        ConfigError: If an override has no `=`, a malformed path or value, or leads through
            something that is no mapping or list.
    """
    changed = copy.deepcopy(dict(settings))
    for override in overrides:
        path, equals, value = override.partition("=")
        if not equals or not _PATH.fullmatch(path.strip()):
            raise ConfigError([f"--set {override}: expected path=value, such as seed=1."])
        steps = [int(s) if s.isdigit() else s for s in _STEP.findall(path)]
        _assign(changed, steps, parse_yaml(value, f"--set {path}"), override)
    return written_out(changed)


def _assign(settings: dict[str, Any], steps: list[str | int], value: Any, override: str) -> None:
    """Set the item at `steps` below `settings` to `value`."""
    place: Any = settings
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        _check_step(place, step, override)
        if following is None:
            place[step] = value
        elif isinstance(following, str) and isinstance(place, dict) and place.get(step) is None:
            place[step] = {}
        place = place.get(step) if isinstance(place, dict) else place[step]


def _check_step(place: Any, step: str | int, override: str) -> None:
    if isinstance(step, str) and not isinstance(place, dict):
        raise ConfigError([f"--set {override}: {step!r} is looked up in {place!r}, no mapping."])
    if isinstance(step, int) and not isinstance(place, list):
        raise ConfigError([f"--set {override}: the file gives no list here, so set it whole."])
    if isinstance(step, int) and step >= len(place):
        raise ConfigError([f"--set {override}: item {step} does not exist in {place!r}."])
