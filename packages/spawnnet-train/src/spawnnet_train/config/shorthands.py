"""What a configuration file may say in one word."""

from __future__ import annotations

from typing import Any


def written_out(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings in which `simulation.expert` is a mapping, where it was a name or a file.

    Args:
        settings: A parsed configuration; changed in place.
    """
    simulation = settings.get("simulation")
    if isinstance(simulation, dict) and isinstance(simulation.get("expert"), str):
        simulation["expert"] = _expert(simulation["expert"])
    return settings


def _expert(text: str) -> dict[str, str]:
    """Return the section of an expert: `.pt` is the original release's, other paths are learned."""
    if text.endswith(".pt"):
        return {"name": "original", "checkpoint": text}
    if "/" in text or text.endswith(".safetensors"):
        return {"name": "learned", "checkpoint": text}
    return {"name": text}
