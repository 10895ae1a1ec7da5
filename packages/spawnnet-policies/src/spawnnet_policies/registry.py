"""Policies by name, as a configuration file selects them."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from spawnnet_policies.errors import ConfigurationError
from spawnnet_policies.policy import Policy, PolicySpec

PolicyT = TypeVar("PolicyT", bound=type[Policy])


class _Entry(NamedTuple):
    config: type[Any]
    policy: Callable[[Any, PolicySpec], Policy]


_ENTRIES: dict[str, _Entry] = {}


def register_policy(name: str, config: type[Any]) -> Callable[[PolicyT], PolicyT]:
    """Return a class decorator that makes a head available to `create_policy`.

    Args:
        name: What users write in `create_policy(name, ...)`.
        config: The frozen dataclass of the head's options; the class is built as
            `cls(config(**options), spec)`.

    Raises:
        ConfigurationError: If `name` is taken.
    """
    if name in _ENTRIES:
        raise ConfigurationError("name", f"policy {name!r} is already registered.")

    def add(policy: PolicyT) -> PolicyT:
        _ENTRIES[name] = _Entry(config, policy)
        return policy

    return add


def list_policies() -> tuple[str, ...]:
    """Return the names of all policies, sorted."""
    return tuple(sorted(_ENTRIES))


def policy_config(name: str) -> type[Any]:
    """Return the frozen dataclass that holds the options of a policy.

    Raises:
        ConfigurationError: If no policy has that name.
    """
    return _entry(name).config


def create_policy(
    name: str,
    *,
    feature_dim: int,
    action_bounds: tuple[Sequence[float], Sequence[float]],
    action_horizon: int = 1,
    **config: Any,
) -> Policy:
    """Build a policy with fresh weights, drawn from torch's global generator.

    Args:
        name: One of `list_policies()`.
        feature_dim: D, the width of the features that it will be given.
        action_bounds: `(low, high)`, each A numbers.
        action_horizon: T, the number of steps in a chunk.
        **config: Fields of `policy_config(name)`; the others keep their defaults.

    Returns:
        The policy, in training mode, on the CPU.

    Raises:
        ConfigurationError: If the name or an option is unknown, a value is out of range, or the
            head needs an extra that is not installed; `field` is the option.

    Example:
        >>> policy = create_policy("mlp", feature_dim=64, action_bounds=([-1, -1], [1, 1]))
        >>> policy.predict(torch.zeros(3, 64)).shape
        torch.Size([3, 1, 2])
    """
    entry = _entry(name)
    known = [field.name for field in dataclasses.fields(entry.config)]
    for option in config:
        if option not in known:
            raise ConfigurationError(
                option, f"policy {name!r} has no such option.{_hint(option, known)}"
            )
    spec = PolicySpec(feature_dim, action_bounds, action_horizon)
    return entry.policy(entry.config(**config), spec)


def _entry(name: str) -> _Entry:
    if name not in _ENTRIES:
        raise ConfigurationError("name", f"unknown policy {name!r}.{_hint(name, list_policies())}")
    return _ENTRIES[name]


def _hint(name: str, known: Iterable[str]) -> str:
    names = tuple(known)
    close = difflib.get_close_matches(name, names, n=1)
    suggestion = f" Did you mean {close[0]!r}?" if close else ""
    return f"{suggestion} Known: {', '.join(names)}."
