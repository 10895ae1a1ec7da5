"""What the original's expert asks of a configuration: its files, its task, its way to act.

Nothing here needs torch, so that a configuration can be checked without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from spawnnet_sim.errors import ConfigurationError

FIELD = "expert.checkpoint"
SETTINGS: Mapping[str, object] = {
    "scene": "original",
    "control_frequency": 60,
    "robot.control": "joints",
    "robot.action_speed": 20.0,
}
# The release's own experts; their folders have the names of the tasks.
RELEASED = {"model_15400": "open_drawer", "model_16400": "open_door"}
_NAME = re.compile(r"model_(\d+)\.pt")


def contact_file(model: Path) -> Path:
    """Return the file of the contact network beside that of the policy, of the same iteration."""
    return model.with_name(f"CP_{model.stem.rpartition('_')[2]}.pt")


def require_files(model: Path) -> None:
    """Check that both files are there.

    Raises:
        ConfigurationError: With the file that is missing.
    """
    for path in (model, contact_file(model)):
        if not path.is_file():
            role = "" if path == model else f", which belongs beside {model.name!r}"
            raise ConfigurationError(FIELD, f"there is no file {str(path)!r}{role}.")


def require_task(model: Path, task: str, tasks: Iterable[str]) -> None:
    """Check that an expert is one of a task: by its folder's name, else by that of the file.

    Args:
        model: File of the policy.
        task: Name of the task that it shall do.
        tasks: Names of all tasks.

    Raises:
        ConfigurationError: If it is for another task, or its name is no such as `model_16400.pt`.
    """
    if not _NAME.fullmatch(model.name):
        message = f"must be a file such as `model_16400.pt`, got {str(model)!r}."
        raise ConfigurationError(FIELD, message)
    folder = model.absolute().parent.name
    own = folder if folder in tasks else RELEASED.get(model.stem, task)
    if own != task:
        raise ConfigurationError(
            FIELD,
            f"{str(model)!r} is an expert of {own!r}, the configuration has {task!r} (one of your"
            f" own by this name belongs into a folder {task!r}).",
        )


def require_settings(settings: Mapping[str, object]) -> None:
    """Check that actions mean what they meant when the expert was trained.

    Args:
        settings: Values of the configuration by their dotted paths, those of `SETTINGS`.

    Raises:
        ConfigurationError: If one is another.
    """
    for path, wanted in SETTINGS.items():
        if settings[path] != wanted:
            message = f"must be {wanted!r} for the expert `original`, got {settings[path]!r}."
            raise ConfigurationError(path, message)
