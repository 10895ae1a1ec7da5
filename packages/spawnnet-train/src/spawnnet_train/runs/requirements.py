"""What a configuration needs that is no setting: weights, experts and data on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spawnnet_config.choices import Named
from spawnnet_encoders import NAMED_WEIGHTS
from spawnnet_record.provenance import version_of
from spawnnet_record.run_directory import RunDirectory
from spawnnet_train.algorithms.registry import algorithm_class
from spawnnet_train.config.simulator import ExpertConfig
from spawnnet_train.learning.config import InitFromConfig
from spawnnet_train.runs.run_config import RunConfig


def missing(config: RunConfig) -> list[str]:
    """Return a sentence, with its place, for everything that is not on this machine.

    Such a configuration is right all the same. Weights that timm downloads are not looked for.

    Raises:
        ConfigError: If demonstrations are there and are not what the configuration says.
    """
    algorithm = algorithm_class(config.algorithm.name)
    expert = [] if config.simulation is None else _missing_expert(config.simulation.expert)
    weights = [*_missing_weights(config.encoder), *_missing_run(config.train.init_from)]
    return [*weights, *expert, *algorithm.missing(config.algorithm)]


def _missing_run(source: InitFromConfig | None) -> list[str]:
    if source is None or RunDirectory(source.run).config.is_file():
        return []
    return [f"train.init_from.run: there is no run `{source.run}`."]


def _missing_expert(expert: ExpertConfig) -> list[str]:
    if expert.checkpoint is None or Path(expert.checkpoint).exists():
        return []
    return [f"simulation.expert.checkpoint: there is no file `{expert.checkpoint}`."]


def _missing_weights(encoder: Named) -> list[str]:
    backbone: Any = getattr(encoder, "backbone", None)
    if backbone is None or not getattr(encoder, "pretrained_features", True):
        return []
    name = backbone.model if backbone.weights == "pretrained" else backbone.weights
    place = "encoder.backbone.weights"
    if name in NAMED_WEIGHTS:
        named = NAMED_WEIGHTS[name]
        is_there = is_installed(name)
        how = named.instructions()
        by_itself = " The first run downloads them." if named.url else ""
        return [] if is_there else [f"{place}: `{name}` are not here: {how}{by_itself}"]
    if backbone.weights in ("pretrained", "random") or Path(name).expanduser().is_file():
        return []
    return [f"{place}: there is no file `{name}`."]


def is_installed(weights: str) -> bool:
    """Return whether weights of `NAMED_WEIGHTS` are on this machine."""
    named = NAMED_WEIGHTS[weights]
    return version_of(named.package) is not None if named.package else named.path.is_file()
