"""What a configuration file may leave out, or say in one word."""

from __future__ import annotations

from typing import Any

ENGINE = "mujoco"


def written_out(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings whose simulation says what is meant.

    `expert` is a mapping where it was a name or a file, and an `engine` without a name is the
    default one.

    Args:
        settings: A parsed configuration; changed in place.
    """
    simulation = settings.get("simulation")
    if not isinstance(simulation, dict):
        return settings
    if isinstance(simulation.get("expert"), str):
        simulation["expert"] = _expert(simulation["expert"])
    if isinstance(simulation.get("engine"), dict):
        simulation["engine"] = {"name": ENGINE, **simulation["engine"]}
    return settings


def _expert(text: str) -> dict[str, str]:
    """Return the section of an expert: `.pt` is the original release's, other paths are learned."""
    if text.endswith(".pt"):
        return {"name": "original", "checkpoint": text}
    if "/" in text or text.endswith(".safetensors"):
        return {"name": "learned", "checkpoint": text}
    return {"name": text}
