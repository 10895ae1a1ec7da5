"""Frozen dataclasses as strict settings: validated, explained in sentences, documented."""

from spawnnet_config.__about__ import __version__
from spawnnet_config.errors import ConfigError, SettingError, sentence

__all__ = ["ConfigError", "SettingError", "__version__", "sentence"]
