"""Encoders by name, as a configuration file selects them."""

from typing import Any, NamedTuple

from spawnnet_encoders.backbone.own_network import with_own_network
from spawnnet_encoders.configuration import build_config
from spawnnet_encoders.encoder import Encoder
from spawnnet_encoders.errors import ConfigurationError, nearest
from spawnnet_encoders.frozen_vit import FrozenViT, FrozenViTConfig, MVPConfig
from spawnnet_encoders.impala import Impala, ImpalaConfig
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.r3m import R3M, R3MConfig
from spawnnet_encoders.spawnnet import SpawnNet, SpawnNetConfig


class _Entry(NamedTuple):
    cls: type[Encoder]
    config: type[Any]


_ENTRIES: dict[str, _Entry] = {}


def register_encoder(name: str, cls: type[Encoder], config: type[Any]) -> None:
    """Make an encoder available by name, also one from outside this package.

    Args:
        name: What users write in `create_encoder(name, ...)`.
        cls: Is built as `cls(config(**options), shape)`, with an `ObservationShape`; what is to be
            saved keeps its options as `self.config`.
        config: The frozen dataclass of its options; a `ConfigurationError` that its
            `__post_init__` raises gets the path of the option in front.

    Raises:
        ValueError: If the name is taken.
    """
    if name in _ENTRIES:
        raise ValueError(f"encoder {name!r} is already registered.")
    _ENTRIES[name] = _Entry(cls, config)


def list_encoders() -> tuple[str, ...]:
    """Return the names that `create_encoder` knows, sorted."""
    return tuple(sorted(_ENTRIES))


def encoder_config(name: str) -> type[Any]:
    """Return the frozen configuration dataclass of an encoder.

    Raises:
        ConfigurationError: If there is no encoder of that name.
    """
    return _entry(name).config


def encoder_name(encoder: Encoder) -> str:
    """Return the name by which `create_encoder` builds an encoder of this kind.

    Raises:
        ConfigurationError: If it is not registered, or has no `config`.
    """
    config = getattr(encoder, "config", None)
    for name, entry in _ENTRIES.items():
        if type(encoder) is entry.cls and type(config) is entry.config:
            return name
    kind = type(encoder).__name__
    if config is None and any(type(encoder) is entry.cls for entry in _ENTRIES.values()):
        raise ConfigurationError(
            "name", f"{kind} has no `config`: set `self.config` to its options."
        )
    raise ConfigurationError("name", f"{kind} is not registered, see `register_encoder`.")


def create_encoder(
    name: str,
    *,
    num_views: int,
    image_size: tuple[int, int],
    num_frames: int = 1,
    proprioception_dim: int = 0,
    has_depth: bool = True,
    **config: Any,
) -> Encoder:
    """Build an encoder.

    Args:
        name: One of `list_encoders()`.
        num_views: V, cameras.
        image_size: (H, W) in pixels.
        num_frames: F, frames of history.
        proprioception_dim: S; 0 reads no proprioception.
        has_depth: Whether observations have `depth`, which `auto` options go by.
        **config: Fields of `encoder_config(name)`; nested ones as mappings or dataclasses. Instead
            of the name of a network, `backbone` or its `model` may be one, see `OwnBackboneConfig`.

    Raises:
        ConfigurationError: If an option is wrong, or the weights cannot be had; its `field` is the
            dotted path of the option, such as `backbone.layers[2]`.
    """
    shape = ObservationShape(num_views, image_size, num_frames, proprioception_dim, has_depth)
    entry = _entry(name)
    return entry.cls(_build_config(entry, config), shape)  # type: ignore[arg-type]


def check_encoder(
    name: str,
    *,
    num_views: int,
    image_size: tuple[int, int],
    num_frames: int = 1,
    proprioception_dim: int = 0,
    has_depth: bool = True,
    **config: Any,
) -> None:
    """Raise what `create_encoder` would raise for a wrong configuration; build and read nothing.

    Takes the arguments of `create_encoder`.

    Raises:
        ConfigurationError: See `create_encoder`; whether the weights are there is not looked at.
    """
    shape = ObservationShape(num_views, image_size, num_frames, proprioception_dim, has_depth)
    entry = _entry(name)
    entry.cls.check(_build_config(entry, config), shape)


def _build_config(entry: _Entry, config: dict[str, Any]) -> Any:
    if "backbone" in config:
        config = {**config, "backbone": with_own_network(config["backbone"])}
    return build_config(entry.config, config)


def _entry(name: str) -> _Entry:
    if name not in _ENTRIES:
        raise ConfigurationError("name", f"there is no encoder `{name}`{nearest(name, _ENTRIES)}.")
    return _ENTRIES[name]


register_encoder("frozen_vit", FrozenViT, FrozenViTConfig)
register_encoder("impala", Impala, ImpalaConfig)
register_encoder("mvp", FrozenViT, MVPConfig)
register_encoder("r3m", R3M, R3MConfig)
register_encoder("spawnnet", SpawnNet, SpawnNetConfig)
