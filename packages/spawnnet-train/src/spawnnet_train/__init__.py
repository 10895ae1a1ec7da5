"""Imitation learning from a YAML file; the command is `spawnnet-train`.

The public names are imported when they are first asked for, so that `spawnnet-train --help` answers
at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from spawnnet_train.__about__ import __version__

if TYPE_CHECKING:
    from spawnnet_train.runs.launch import resume, run
    from spawnnet_train.runs.loading import load_config
    from spawnnet_train.runs.reevaluation import evaluate
    from spawnnet_train.use.export import export_policy
    from spawnnet_train.use.hub import from_pretrained, push_to_hub
    from spawnnet_train.use.robot_policy import load_policy

__all__ = [
    "__version__",
    "evaluate",
    "export_policy",
    "from_pretrained",
    "load_config",
    "load_policy",
    "push_to_hub",
    "resume",
    "run",
]

_MODULES = {
    "evaluate": "runs.reevaluation",
    "export_policy": "use.export",
    "from_pretrained": "use.hub",
    "load_config": "runs.loading",
    "load_policy": "use.robot_policy",
    "push_to_hub": "use.hub",
    "resume": "runs.launch",
    "run": "runs.launch",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
