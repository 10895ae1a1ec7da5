"""Everything that a configuration can name, with one line of what it is where that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from spawnnet_config.descriptions import summary
from spawnnet_data import format_summary, list_formats
from spawnnet_encoders import (
    NAMED_WEIGHTS,
    count_parameters,
    encoder_config,
    list_backbones,
    list_encoders,
)
from spawnnet_policies import list_policies, policy_config
from spawnnet_train.algorithms.registry import algorithm_config, list_algorithms
from spawnnet_train.config.plugins import import_plugins
from spawnnet_train.config.simulator import (
    engine_config,
    expert_summary,
    list_cabinet_sets,
    list_engines,
    list_experts,
    list_tasks,
    task_cabinets,
)

_COUNTED = 30  # backbones whose weights are counted, which takes a moment for each


def _cabinet_sets() -> list[str]:
    return [*list_cabinet_sets(), *list_cabinet_sets(needs_folder=True)]


def _weights(name: str) -> str:
    named = NAMED_WEIGHTS[name]
    return f"{named.model}, {_millions(named.model)}; {named.source}; {named.licence}"


def _millions(model: str) -> str:
    return f"{count_parameters(model) / 1e6:.1f} million parameters"


def _task(name: str) -> str:
    train, held_out = (task_cabinets(name, split=split) for split in ("training", "held_out"))
    return f"{train.count} cabinets of {train.set}; held out {held_out.count} of {held_out.set}"


def _cabinets(name: str) -> str:
    if name in list_cabinet_sets():
        return "needs no files"
    return "files of PartNet-Mobility in the folder `simulation.cabinets.folder`"


_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "algorithms": list_algorithms,
    "backbones": list_backbones,
    "cabinets": _cabinet_sets,
    "encoders": list_encoders,
    "engines": list_engines,
    "experts": list_experts,
    "formats": list_formats,
    "heads": list_policies,
    "tasks": list_tasks,
    "weights": lambda: NAMED_WEIGHTS,
}
_SUMMARIES: dict[str, Callable[[str], str]] = {
    "algorithms": lambda name: summary(algorithm_config(name)),
    "cabinets": _cabinets,
    "encoders": lambda name: summary(encoder_config(name)),
    "engines": lambda name: summary(engine_config(name)),
    "experts": expert_summary,
    "formats": format_summary,
    "heads": lambda name: summary(policy_config(name)),
    "tasks": _task,
    "weights": _weights,
}
KINDS = tuple(_NAMES)


def catalog(kind: str, imports: Sequence[str] = (), pattern: str = "") -> list[tuple[str, str]]:
    """Return name and summary of all things of a kind.

    Args:
        kind: One of `KINDS`.
        imports: Modules of the user to import first.
        pattern: What names or summaries have to contain, in any case.

    Raises:
        ConfigError: If a module does not exist.
    """
    import_plugins({"imports": list(imports)})
    if kind == "backbones":
        return _backbones(pattern)
    found = [(name, _SUMMARIES[kind](name)) for name in sorted(_NAMES[kind]())]
    return [(name, text) for name, text in found if pattern.lower() in f"{name} {text}".lower()]


def _backbones(pattern: str) -> list[tuple[str, str]]:
    names = [name for name in list_backbones() if pattern.lower() in name.lower()]
    if len(names) > _COUNTED:
        return [(name, "") for name in names]
    return [(name, _millions(name)) for name in names]
