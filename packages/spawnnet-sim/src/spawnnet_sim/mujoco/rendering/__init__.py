"""Drawing of environments: OpenGL where a library for it exists, a ray tracer on any machine."""

from spawnnet_sim.mujoco.rendering.selection import (
    REMEDY,
    RENDERERS,
    Renderer,
    available,
    choose_renderer,
    create_renderer,
)

__all__ = [
    "REMEDY",
    "RENDERERS",
    "Renderer",
    "available",
    "choose_renderer",
    "create_renderer",
]
