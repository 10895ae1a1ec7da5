"""Settings on top of others."""

from __future__ import annotations

from typing import Any


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return the settings `below` with those of `above` on top.

    Sections are merged, but one of another `name` replaces what was there.
    """
    together = {**below, **above}
    for key, value in above.items():
        old = below.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            is_same = value.get("name", old.get("name")) == old.get("name")
            together[key] = merged(old, value) if is_same else value
    return together
