"""The command `spawnnet-train`."""

# They add their commands.
from spawnnet_train.cli import acting, clusters, finding, results, running  # noqa: F401
from spawnnet_train.cli.command import app

__all__ = ["app"]
