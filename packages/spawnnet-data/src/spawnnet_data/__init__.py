"""Robot demonstrations: readers of four formats, checks, and batches for imitation learning.

The names below are imported when they are first used, so that the command line, which needs few of
them, does not wait for torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from spawnnet_data.__about__ import __version__

if TYPE_CHECKING:
    from spawnnet_data.batches.augmentation import Augmentation, AugmentationConfig
    from spawnnet_data.batches.batch import Batch
    from spawnnet_data.batches.dataset import DemonstrationDataset
    from spawnnet_data.batches.loading import LoaderConfig, training_loader, validation_loader
    from spawnnet_data.batches.sampler import BatchRequest, EpochSampler
    from spawnnet_data.batches.windows import ActionChunks, SampleIndex, SamplingConfig
    from spawnnet_data.batches.workers import num_workers
    from spawnnet_data.common.errors import ConfigurationError, DataError, Problem
    from spawnnet_data.common.free_memory import free_memory
    from spawnnet_data.reading.demonstrations import Demonstrations
    from spawnnet_data.reading.inference import infer_mapping
    from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
    from spawnnet_data.reading.mapping_file import load_mapping
    from spawnnet_data.reading.resizing import resize_depth, resize_rgb
    from spawnnet_data.reading.sets import (
        DemonstrationsConfig,
        DemonstrationSetConfig,
        DemonstrationSets,
        open_demonstrations,
    )
    from spawnnet_data.reading.statistics import FieldStatistics, Statistics, compute_statistics
    from spawnnet_data.reading.yaml_file import yaml_line
    from spawnnet_data.sources.formats import (
        detect_format,
        format_summary,
        list_formats,
        open_source,
        register_format,
    )
    from spawnnet_data.sources.source import DemonstrationSource, Episode, KeySpec
    from spawnnet_data.tools.check import CheckConfig, check_source
    from spawnnet_data.tools.convert import convert
    from spawnnet_data.tools.first_settings import first_settings
    from spawnnet_data.tools.summary import DataSummary

# The module of each public name.
_MODULES = {
    "ActionChunks": "batches.windows",
    "Augmentation": "batches.augmentation",
    "AugmentationConfig": "batches.augmentation",
    "Batch": "batches.batch",
    "BatchRequest": "batches.sampler",
    "CheckConfig": "tools.check",
    "ConfigurationError": "common.errors",
    "DataError": "common.errors",
    "DataSummary": "tools.summary",
    "DemonstrationDataset": "batches.dataset",
    "DemonstrationSetConfig": "reading.sets",
    "DemonstrationSets": "reading.sets",
    "DemonstrationSource": "sources.source",
    "Demonstrations": "reading.demonstrations",
    "DemonstrationsConfig": "reading.sets",
    "Episode": "sources.source",
    "EpochSampler": "batches.sampler",
    "FieldStatistics": "reading.statistics",
    "KeyMapping": "reading.mapping",
    "KeySpec": "sources.source",
    "LoaderConfig": "batches.loading",
    "Problem": "common.errors",
    "SampleIndex": "batches.windows",
    "SamplingConfig": "batches.windows",
    "Statistics": "reading.statistics",
    "ViewConfig": "reading.mapping",
    "check_source": "tools.check",
    "compute_statistics": "reading.statistics",
    "convert": "tools.convert",
    "detect_format": "sources.formats",
    "first_settings": "tools.first_settings",
    "format_summary": "sources.formats",
    "free_memory": "common.free_memory",
    "infer_mapping": "reading.inference",
    "list_formats": "sources.formats",
    "load_mapping": "reading.mapping_file",
    "num_workers": "batches.workers",
    "open_demonstrations": "reading.sets",
    "open_source": "sources.formats",
    "register_format": "sources.formats",
    "resize_depth": "reading.resizing",
    "resize_rgb": "reading.resizing",
    "training_loader": "batches.loading",
    "validation_loader": "batches.loading",
    "yaml_line": "reading.yaml_file",
}

__all__ = [
    "ActionChunks",
    "Augmentation",
    "AugmentationConfig",
    "Batch",
    "BatchRequest",
    "CheckConfig",
    "ConfigurationError",
    "DataError",
    "DataSummary",
    "DemonstrationDataset",
    "DemonstrationSetConfig",
    "DemonstrationSets",
    "DemonstrationSource",
    "Demonstrations",
    "DemonstrationsConfig",
    "Episode",
    "EpochSampler",
    "FieldStatistics",
    "KeyMapping",
    "KeySpec",
    "LoaderConfig",
    "Problem",
    "SampleIndex",
    "SamplingConfig",
    "Statistics",
    "ViewConfig",
    "__version__",
    "check_source",
    "compute_statistics",
    "convert",
    "detect_format",
    "first_settings",
    "format_summary",
    "free_memory",
    "infer_mapping",
    "list_formats",
    "load_mapping",
    "num_workers",
    "open_demonstrations",
    "open_source",
    "register_format",
    "resize_depth",
    "resize_rgb",
    "training_loader",
    "validation_loader",
    "yaml_line",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
