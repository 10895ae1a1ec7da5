"""What one can train on in a data set: the keys, sizes and parts that a configuration names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.reading.mapping import KeyMapping
from spawnnet_data.sources.source import DemonstrationSource, first_spec


@dataclass(frozen=True)
class DataSummary:
    """A data set as a configuration sees it.

    Attributes:
        format: Name of the format and its version.
        mapping: The keys that the names in the data set suggest, every colour camera among them.
        view_sizes: (H, W) of the images of each view, as they are stored.
        lengths: Time steps of every episode that can be used.
        num_broken: Episodes that cannot be used, and files that cannot be read.
        splits: Number of episodes of each named part.
        rate: Time steps per second (Hz), or None where the files do not tell.
        action_dim: A, the width of an action.
        action_names: A name for each value of an action, or empty where the files do not tell.
        proprioception_dim: S, the width of the proprioception; 0 where there is none.
    """

    format: str
    mapping: KeyMapping
    view_sizes: Mapping[str, tuple[int, int]]
    lengths: tuple[int, ...]
    num_broken: int
    splits: Mapping[str, int]
    rate: float | None
    action_dim: int
    action_names: tuple[str, ...]
    proprioception_dim: int

    @classmethod
    def of(cls, source: DemonstrationSource) -> Self:
        """Read all actions and proprioception of a data set, and no image.

        Raises:
            ConfigurationError: If no key is called action or actions.
            DataError: If no episode can be used.
        """
        mapping = infer_mapping(source)
        usable = Demonstrations(source, mapping, skip_broken=True)
        sizes = usable.view_sizes()
        names = [name for key in mapping.actions for name in first_spec(source, key).names]
        return cls(
            format=source.format,
            mapping=mapping,
            view_sizes={name: sizes[view.rgb] for name, view in mapping.views.items()},
            lengths=tuple(usable.lengths.tolist()),
            num_broken=len(usable.skipped),
            splits={name: len(episodes) for name, episodes in source.splits.items()},
            rate=source.rate,
            action_dim=usable.action_dim,
            action_names=tuple(names) if len(names) == usable.action_dim else (),
            proprioception_dim=usable.proprioception_dim,
        )
