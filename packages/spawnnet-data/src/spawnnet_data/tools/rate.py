"""The rate that a conversion writes down."""

from __future__ import annotations

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.demonstrations import Demonstrations

# Every format holds these, and every reader of ours takes them back.
_SLOWEST, _FASTEST = 0.001, 1e6


def rate_of(demonstrations: Demonstrations, rate: float | None) -> float | None:
    """Return the time steps per second (Hz) that are given, or else those that the source tells.

    Raises:
        ConfigurationError: If nothing moves at such a rate.
    """
    found = demonstrations.source.rate if rate is None else rate
    if found is not None and not _SLOWEST <= found <= _FASTEST:
        message = f"must be from {_SLOWEST:g} to {_FASTEST:,.0f} Hz, got {found:g}."
        raise ConfigurationError("rate", message)
    return found
