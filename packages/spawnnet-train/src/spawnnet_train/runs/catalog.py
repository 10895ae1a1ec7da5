"""Everything that a configuration can name, with one line of what it is where that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from spawnnet_data import list_formats
from spawnnet_encoders import NAMED_WEIGHTS, encoder_config, list_encoders
from spawnnet_policies import list_policies, policy_config
from spawnnet_train.algorithms.registry import algorithm_config, list_algorithms
from spawnnet_train.config.plugins import import_plugins
from spawnnet_train.config.simulator import (
    engine_config,
    list_cabinet_sets,
    list_engines,
    list_experts,
    list_tasks,
)

_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "algorithms": list_algorithms,
    "cabinets": list_cabinet_sets,
    "encoders": list_encoders,
    "engines": list_engines,
    "experts": list_experts,
    "formats": list_formats,
    "heads": list_policies,
    "tasks": list_tasks,
    "weights": lambda: NAMED_WEIGHTS,
}
_CONFIGS: dict[str, Callable[[str], type]] = {
    "algorithms": algorithm_config,
    "encoders": encoder_config,
    "engines": engine_config,
    "heads": policy_config,
}
KINDS = tuple(_NAMES)


def catalog(kind: str, imports: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return name and summary of all things of a kind.

    Args:
        kind: One of `KINDS`.
        imports: Modules of the user to import first.

    Raises:
        ConfigError: If a module does not exist.
    """
    import_plugins({"imports": list(imports)})
    return [(name, _summary(kind, name)) for name in sorted(_NAMES[kind]())]


def _summary(kind: str, name: str) -> str:
    """Return the first line of the documentation of a thing's settings, if it has any."""
    if kind not in _CONFIGS:
        return ""
    return (_CONFIGS[kind](name).__doc__ or "").strip().partition("\n")[0]
