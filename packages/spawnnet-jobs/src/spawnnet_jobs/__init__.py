"""Many runs of a trainer, which are known by their directories and started by its command."""

from spawnnet_jobs.__about__ import __version__

__all__ = ["__version__"]
