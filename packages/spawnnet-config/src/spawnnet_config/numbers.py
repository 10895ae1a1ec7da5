"""Numbers that no setting can have, whatever it is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

_LARGEST = 3.4e38  # of single precision, which networks and simulators compute in
_MOST = 100_000  # sizes: widths, batches, environments, workers
_MOST_TIMES = 1_000_000_000  # what is repeated in time, and intervals
_IN_TIME = re.compile(r"(.*_)?(epochs|updates|every|rounds|episodes|steps|patience|first)(_.*)?")
_SEED = re.compile(r"(.*_)?seeds?")


def number_problems(settings: Any, path: str = "", key: str = "") -> Iterator[str]:
    """Yield a sentence for each number that is not finite, or larger than any setting may be.

    Args:
        settings: What a YAML file stands for.
        path: Dotted path of it, the start of the sentences.
        key: The last word of the path, which says what is counted.
    """
    if isinstance(settings, dict):
        for name, value in settings.items():
            yield from number_problems(value, f"{path}.{name}" if path else str(name), str(name))
    elif isinstance(settings, list | tuple):
        for index, value in enumerate(settings):
            yield from number_problems(value, f"{path}[{index}]", key)
    elif isinstance(settings, int) and abs(settings) > _limit(key):
        found = settings if abs(settings) < _LARGEST else f"{settings.bit_length()} bits"
        yield f"{path}: must be at most {_limit(key):,}, got {found}."
    elif isinstance(settings, float) and not math.isfinite(settings):
        yield f"{path}: must be a finite number, got {settings}."
    elif isinstance(settings, float) and abs(settings) > _LARGEST:
        yield f"{path}: must be at most {_LARGEST:g}, got {settings:.3g}."


def _limit(key: str) -> int:
    if _SEED.fullmatch(key):
        return 2**63 - 1
    return _MOST_TIMES if _IN_TIME.fullmatch(key) else _MOST
