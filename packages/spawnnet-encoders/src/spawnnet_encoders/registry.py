"""Encoders by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from spawnnet_encoders.configuration import build_config, nearest
from spawnnet_encoders.encoder import Encoder
from spawnnet_encoders.frozen_vit import FrozenViT, FrozenViTConfig, MVPConfig
from spawnnet_encoders.impala import Impala, ImpalaConfig
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.r3m import R3M, R3MConfig
from spawnnet_encoders.spawnnet import SpawnNet, SpawnNetConfig

ENCODERS: Mapping[str, tuple[type[Encoder], type]] = MappingProxyType(
    {
        "frozen_vit": (FrozenViT, FrozenViTConfig),
        "impala": (Impala, ImpalaConfig),
        "mvp": (FrozenViT, MVPConfig),
        "r3m": (R3M, R3MConfig),
        "spawnnet": (SpawnNet, SpawnNetConfig),
    }
)


def list_encoders() -> tuple[str, ...]:
    """Return the names that `create_encoder` knows, sorted."""
    return tuple(sorted(ENCODERS))


def encoder_config(name: str) -> type:
    """Return the frozen configuration dataclass of an encoder.

    Raises:
        ValueError: If there is no encoder of that name.
    """
    return _look_up(name)[1]


def create_encoder(
    name: str,
    *,
    num_views: int,
    image_size: tuple[int, int],
    num_frames: int = 1,
    proprioception_dim: int = 0,
    **config: Any,
) -> Encoder:
    """Build an encoder.

    Args:
        name: One of `list_encoders()`.
        num_views: V, cameras.
        image_size: (H, W) in pixels.
        num_frames: F, frames of history.
        proprioception_dim: S; 0 reads no proprioception.
        **config: Fields of `encoder_config(name)`; nested ones as mappings or dataclasses.

    Raises:
        ValueError: If the configuration is wrong; the message starts with the dotted path, such as
            `backbone.layers[2]: ...`.
        FileNotFoundError: If named weights have to be put in place by hand; the message says how.
    """
    shape = ObservationShape(num_views, image_size, num_frames, proprioception_dim)
    cls, config_cls = _look_up(name)
    return cls(build_config(config_cls, config), shape)  # type: ignore[arg-type]


def check_encoder(
    name: str,
    *,
    num_views: int,
    image_size: tuple[int, int],
    num_frames: int = 1,
    proprioception_dim: int = 0,
    **config: Any,
) -> None:
    """Raise what `create_encoder` would raise for a wrong configuration; build and read nothing.

    Takes the arguments of `create_encoder`.

    Raises:
        ValueError: See `create_encoder`.
    """
    shape = ObservationShape(num_views, image_size, num_frames, proprioception_dim)
    cls, config_cls = _look_up(name)
    cls.check(build_config(config_cls, config), shape)


def _look_up(name: str) -> tuple[type[Encoder], type]:
    if name not in ENCODERS:
        raise ValueError(f"name: there is no encoder `{name}`{nearest(name, ENCODERS)}.")
    return ENCODERS[name]
