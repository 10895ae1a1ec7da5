"""The command `spawnnet-train`."""

from spawnnet_train.cli import finding, results, running  # noqa: F401 - they add their commands
from spawnnet_train.cli.command import app

__all__ = ["app"]
