"""A first `DemonstrationsConfig` for a data set, as YAML with comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from spawnnet_data.reading.mapping import ViewConfig
from spawnnet_data.reading.yaml_file import yaml_line
from spawnnet_data.tools.summary import DataSummary

_VALIDATION = ("valid", "validation", "val", "test")


def first_settings(path: Path, seen: DataSummary, image_size: tuple[int, int]) -> Iterator[str]:
    """Yield the lines of a `DemonstrationsConfig` that trains on a data set as it is.

    Args:
        path: Of the data set.
        seen: What it holds.
        image_size: (H, W) that all images are resized to.
    """
    yield from _sets(str(path), seen)
    yield "keys:"
    yield "  views:  # the cameras, in the order that a policy gets them"
    for name, view in seen.mapping.views.items():
        height, width = seen.view_sizes[name]
        default = asdict(ViewConfig(view.rgb))
        chosen = {key: value for key, value in asdict(view).items() if value != default[key]}
        keys = {"rgb": view.rgb, **chosen}
        depth = "" if view.depth else ", without depth"
        yield f"    {yaml_line(name)}: {yaml_line(keys)}  # {height} x {width}{depth}"
    state, width = list(seen.mapping.proprioception), seen.proprioception_dim
    yield f"  proprioception: {yaml_line(state)}  # {width} values of the robot's own state"
    yield f"  actions: {yaml_line(list(seen.mapping.actions))}  # {seen.action_dim} values"
    yield f"  image_size: {yaml_line(list(image_size))}  # height and width of what is seen"


def _sets(path: str, seen: DataSummary) -> Iterator[str]:
    train, validation = _parts(seen)
    yield f"train: {yaml_line({'path': path} | ({'split': train} if train else {}))}"
    if validation:
        yield "validation:  # the first decides which checkpoint is best"
        yield f"  {validation}: {yaml_line({'path': path, 'split': validation})}"
    else:
        yield "# validation: {unseen: {path: ...}}  # a set that tells which checkpoint is best"
    if seen.num_broken:
        yield f"skip_broken: true  # {seen.num_broken} of them cannot be read"


def _parts(seen: DataSummary) -> tuple[str | None, str | None]:
    """Return the parts to train and to validate on, where the data set names some."""
    names = {name for name, count in seen.splits.items() if count}
    validation = next((name for name in _VALIDATION if name in names), None)
    return ("train", validation) if "train" in names else (None, None)
