"""Robot demonstrations: readers of four formats, checks, and batches for imitation learning."""

from spawnnet_data.__about__ import __version__

__all__ = ["__version__"]
