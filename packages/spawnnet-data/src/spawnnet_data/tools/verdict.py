"""Whether one can train on a data set, in words."""

from __future__ import annotations

from typing import NamedTuple

from spawnnet_data.common.errors import ConfigurationError, DataError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.reading.mapping import KeyMapping
from spawnnet_data.sources.source import DemonstrationSource


class Verdict(NamedTuple):
    """One sentence, and whether it is a yes.

    Attributes:
        can_train: False where not a single episode can be trained on.
        sentence: Yes, only without some episodes, or no and why.
    """

    can_train: bool
    sentence: str


def verdict(source: DemonstrationSource, num_problems: int, mapping: KeyMapping | None) -> Verdict:
    """Return whether one can train on a data set.

    Args:
        source: An open data set.
        num_problems: How many problems a check has found.
        mapping: The keys to train on; inferred from names if None.
    """
    try:
        chosen = infer_mapping(source) if mapping is None else mapping
        usable = Demonstrations(source, chosen, skip_broken=True)
    except (DataError, ConfigurationError) as error:
        return Verdict(False, f"One cannot train on it: {error}")
    return Verdict(True, _yes(usable, num_problems))


def _yes(usable: Demonstrations, num_problems: int) -> str:
    cameras = ", ".join(usable.views) or "no camera"
    found = f"{len(usable)} episodes, {cameras}, actions of width {usable.action_dim}"
    if usable.skipped:
        return f"One can train on it with broken episodes left out: {found}; {usable.skipped[0]}"
    if num_problems:
        return f"One can train on it, {found}; look at the problems first."
    return f"One can train on it: {found}."
