"""Imitation learning from a YAML file; the command is `spawnnet-train`.

Nothing is imported here, so that `spawnnet-train --help` answers at once.
"""

from spawnnet_train.__about__ import __version__

__all__ = ["__version__"]
