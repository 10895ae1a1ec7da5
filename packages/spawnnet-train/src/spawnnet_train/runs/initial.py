"""A first configuration for demonstrations, written from what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from spawnnet_data import DataSummary, first_settings, open_source, yaml_line
from spawnnet_encoders import ConfigurationError, check_encoder, encoder_config
from spawnnet_policies import policy_config
from spawnnet_train.config.errors import ConfigError, building
from spawnnet_train.runs.requirements import is_installed

_LONGEST_SIDE = 224  # pixels: of larger images frozen transformers make thousands of tokens
_STEPS = (1, 8, 14, 16, 32)  # what patches and strides ask sizes to be a multiple of
_CHUNK = 16  # steps that heads predict at once which are made for chunks
_OF_CHUNKS = ("act", "diffusion", "flow_matching", "transformer")
_WITHOUT_DOWNLOAD = {"model": "tf_efficientnet_lite0", "weights": "efficientnet_lite0"}
_HEAD = """\
# Behaviour cloning of {path}:
# {format}, {episodes} episodes, {steps} time steps{rate}.
#
#   spawnnet-train check FILE --measure   says what this builds and how long it takes
#   spawnnet-train run FILE               trains
#   spawnnet-train show {encoder}         says what else can be set, `list encoders` what there is
seed: 1

algorithm:
  name: bc
  epochs: 100  # times that all demonstrations are gone through
  demonstrations:
"""


def initial_yaml(data: Path, *, encoder: str = "spawnnet", head: str = "mlp") -> str:
    """Return a configuration with comments that trains on a data set as it is.

    Args:
        data: A file or a directory.
        encoder: A registered encoder.
        head: A registered policy head.

    Raises:
        ConfigError: If there is no such encoder or head, or no camera or size that it could see.
        DataError: If the data cannot be read.
    """
    with building("encoder"):
        encoder_config(encoder)
    with building("policy"):
        policy_config(head)
    with building(str(data)):
        seen = DataSummary.of(open_source(data))
    if not seen.mapping.views:
        raise ConfigError([f"{data}: has no camera, and every encoder needs one."])
    demonstrations = [*first_settings(data, seen, _image_size(data, seen, encoder))]
    if seen.action_names:
        demonstrations.append(f"action_names: {yaml_line(list(seen.action_names))}")
    lines = [*(f"    {line}" for line in demonstrations), *_student(encoder, head, seen)]
    rate = "" if seen.rate is None else f" at {seen.rate:g} Hz"
    facts = {"episodes": len(seen.lengths), "steps": sum(seen.lengths), "rate": rate}
    head_text = _HEAD.format(path=data, format=seen.format, encoder=encoder, **facts)
    return head_text + "".join(f"{line}\n" for line in lines)


def _student(encoder: str, head: str, seen: DataSummary) -> Iterator[str]:
    yield ""
    yield "encoder:"
    yield f"  name: {encoder}"
    if (backbone := _backbone(encoder)) is not None:
        yield f"  backbone: {yaml_line(backbone.settings)}  # {backbone.comment}"
    yield from ("", "policy:", f"  name: {head}", "", "student:")
    chunk = min(_CHUNK, min(seen.lengths)) if head in _OF_CHUNKS else 1
    yield f"  action_horizon: {chunk}  # steps that are predicted at once"
    yield f"  execution_horizon: {max(1, chunk // 2)}  # of these, steps before the next prediction"
    yield "  normalization: {actions: min_max}"
    yield from ("", "train:", f"  batch_size: {_batch_size(sum(seen.lengths))}")
    yield "  optimizer: {lr: 3e-4}"
    yield "  schedule: {name: cosine}"


def _image_size(data: Path, seen: DataSummary, encoder: str) -> tuple[int, int]:
    """Return the largest size for all views that the encoder takes, near that of the images."""
    sizes = seen.view_sizes.values()
    smallest = tuple(min(side) for side in zip(*sizes, strict=True))
    scale = min(1.0, _LONGEST_SIDE / max(smallest))
    backbone = _backbone(encoder)
    options = {} if backbone is None else {"backbone": backbone.settings}
    for step in _STEPS:
        height, width = (max(step, int(side * scale) // step * step) for side in smallest)
        if _takes(encoder, (height, width), options):
            return height, width
    square = (_LONGEST_SIDE, _LONGEST_SIDE)
    if _takes(encoder, square, options):
        return square
    raise ConfigError([f"{data}: found no image size that {encoder} takes, near {smallest}."])


def _takes(encoder: str, size: tuple[int, int], options: Mapping[str, Any]) -> bool:
    try:
        check_encoder(encoder, num_views=1, image_size=size, **options)
    except ConfigurationError as error:
        if error.field != "image_size":
            raise ConfigError([f"encoder.{error}"]) from error
        return False
    return True


class _Backbone(NamedTuple):
    settings: dict[str, Any]
    comment: str


def _backbone(encoder: str) -> _Backbone | None:
    """Return the network that gives features: one that is installed, or the encoder's default."""
    default = getattr(encoder_config(encoder)(), "backbone", None)
    if default is None:
        return None
    if encoder == "spawnnet" and is_installed(_WITHOUT_DOWNLOAD["weights"]):
        settings = {**_WITHOUT_DOWNLOAD, "layers": [2, 3, 4]}
        return _Backbone(settings, "ImageNet weights that are installed; `list weights` has others")
    settings = {"model": default.model, "weights": default.weights}
    return _Backbone(settings, "the first run downloads the weights; `list weights` has others")


def _batch_size(steps: int) -> int:
    """Return the largest power of two up to 64 of which an epoch has two."""
    return int(2 ** min(6, max(0, (steps // 2).bit_length() - 1)))


def write_initial(text: str, file: Path) -> None:
    """Write a new configuration file.

    Raises:
        ConfigError: If there is a file of that name.
    """
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise ConfigError([f"{file}: is there already, name another file."]) from None
