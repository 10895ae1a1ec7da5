"""Exported policies on the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spawnnet_encoders import find_folder, upload
from spawnnet_train.config.errors import ConfigError, building
from spawnnet_train.use.robot_policy import RobotPolicy, load_policy
from spawnnet_train.use.saved_policy import SETTINGS


def push_to_hub(folder: Path | str, repo_id: str, *, private: bool = False) -> str:
    """Upload an exported policy, its card included, and return the address of the repository.

    Args:
        folder: What `export_policy` wrote.
        repo_id: Such as `owner/name`; the token is that of `hf auth login` or of `HF_TOKEN`.
        private: Whether a new repository can be seen by its owner alone.

    Raises:
        ConfigError: If that is no such folder, or the Hub cannot be reached or does not let you.
    """
    folder = Path(folder)
    if not (folder / SETTINGS).is_file():
        message = f"{folder}: no exported policy, `spawnnet-train export RUN --to DIR` makes one."
        raise ConfigError([message])
    with building(""):
        return upload(folder, repo_id, private=private, message="A trained policy")


def from_pretrained(name: str, *, revision: str | None = None, **options: Any) -> RobotPolicy:
    """Return a policy from the Hub, ready to act.

    Args:
        name: `owner/name`, or the path of an exported folder. With HF_HUB_OFFLINE=1 in the
            environment only what is cached is looked at.
        revision: A branch, tag or commit of the repository.
        **options: Those of `load_policy`.

    Raises:
        ConfigError: If there is no such repository, or its policy cannot be loaded.
    """
    with building(""):
        folder = find_folder(name, contains=SETTINGS, revision=revision)
    return load_policy(folder, **options)
