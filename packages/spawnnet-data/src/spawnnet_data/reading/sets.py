"""What is trained and validated on: sets of demonstrations by name, opened and checked together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from spawnnet_data.common.errors import ConfigurationError, DataError
from spawnnet_data.common.free_memory import free_memory
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.mapping import KeyMapping
from spawnnet_data.sources.formats import open_source


@dataclass(frozen=True, kw_only=True)
class DemonstrationSetConfig:
    """One set of demonstrations, in any format that `spawnnet-data inspect` reads.

    Attributes:
        path: A file or a directory; relative to the working directory.
        split: A named part of it; None for all.
        stride: Keep every `stride`-th episode.
        trajectories: Of the original's HDF5 files, every trajectory or the first one of each file.
        follow_links: Whether files outside of it may be read, which links and indices in it name.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    path: Path
    split: str | None = None
    stride: int = 1
    trajectories: Literal["all", "first"] = "all"
    follow_links: bool = False

    def __post_init__(self) -> None:
        """Reject values out of range."""
        if self.stride < 1:
            raise ConfigurationError("stride", f"must be at least 1, got {self.stride}.")


@dataclass(frozen=True, kw_only=True)
class DemonstrationsConfig:
    """What is trained and validated on.

    Attributes:
        train: The set that is trained on.
        validation: Sets by name; the paper's are `L1`, seen objects, and `L2`, unseen ones.
        keys: Which keys are the views, the proprioception and the actions.
        skip_broken: Leave out broken episodes and images with a warning, instead of stopping.
        memory: `auto` keeps the images of sets that fit decoded in half of the free memory, or in
            an equal part of that where several processes train, so that each is read once; `none`
            reads them in every epoch. Workers of a loader keep none.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    train: DemonstrationSetConfig
    validation: Mapping[str, DemonstrationSetConfig] = field(default_factory=dict)
    keys: KeyMapping
    skip_broken: bool = False
    memory: Literal["auto", "none"] = "auto"


_OF_THE_SET = ("", "split", "stride", "trajectories", "follow_links")


class DemonstrationSets(NamedTuple):
    """Open demonstrations."""

    train: Demonstrations
    validation: dict[str, Demonstrations]


def open_demonstrations(
    config: DemonstrationsConfig, *, processes: int = 1, num_workers: int = 0
) -> DemonstrationSets:
    """Open and check every set.

    Args:
        config: The sets, and whether their images may stay in memory.
        processes: How many processes of this machine open the sets for themselves, this one
            included: each keeps what fits into its share of the memory.
        num_workers: Processes that will read the training set for this one, as in `LoaderConfig`.
            Where there are any, this one keeps none of its images, and all of its share is left for
            the sets for validation. `kept_bytes` of a set tells what it will take.

    Raises:
        ConfigurationError: If one is missing, broken, does not have the keys, or its sizes are not
            those of the training set; the field is its path in the configuration.
    """
    memory = free_memory() // 2 // processes if config.memory == "auto" else 0
    # It is the workers that read them again and again, and they keep none.
    train = _open(config, config.train, "train", 0 if num_workers else memory)
    memory -= train.kept_bytes()
    expected = _sizes(train)
    validation = {}
    for name, chosen in config.validation.items():
        field_ = f"validation.{name}"
        shown = validation[name] = _open(config, chosen, field_, memory)
        memory -= shown.kept_bytes()
        if _sizes(shown) != expected:
            raise ConfigurationError(
                field_,
                "expected actions, proprioception and images of the sizes of the training set, "
                f"{expected}, got {_sizes(shown)}.",
            )
    return DemonstrationSets(train, validation)


def _sizes(shown: Demonstrations) -> tuple[int, int, tuple[int, int]]:
    return shown.action_dim, shown.proprioception_dim, shown.image_size


def _options(chosen: DemonstrationSetConfig) -> dict[str, Any]:
    """Return what is asked of the format beyond its defaults, which not every format has."""
    asked = {"trajectories": chosen.trajectories, "follow_links": chosen.follow_links}
    return {name: value for name, value in asked.items() if value not in ("all", False)}


def _open(
    config: DemonstrationsConfig, chosen: DemonstrationSetConfig, field_: str, memory: int
) -> Demonstrations:
    try:
        source = open_source(Path(chosen.path).expanduser(), **_options(chosen))
        shown = Demonstrations(
            source,
            config.keys,
            split=chosen.split,
            stride=chosen.stride,
            skip_broken=config.skip_broken,
            memory=memory,
        )
        _ = shown.image_size  # raises where views differ
    except DataError as error:
        raise ConfigurationError(field_, str(error)) from error
    except ConfigurationError as error:
        # Splits and strides are of the set, everything else is of the keys.
        section = field_ if error.field in _OF_THE_SET else "keys"
        path = ".".join(filter(None, [section, error.field or "path"]))
        raise ConfigurationError(path, error.message) from error
    return shown
