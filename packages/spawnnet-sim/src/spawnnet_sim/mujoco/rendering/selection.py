"""Choice of the renderer."""

from __future__ import annotations

import functools
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.mujoco.rendering.processes import (
    ForkedRenderer,
    clean_environment,
    drawing_process,
)
from spawnnet_sim.physics.physics import Images

if TYPE_CHECKING:
    import mujoco
    import mujoco.batch

    from spawnnet_sim.mujoco.layout import Layout
    from spawnnet_sim.physics.scene import Scene

logger = logging.getLogger(__name__)

RENDERERS = ("egl", "osmesa", "warp")  # in the order in which `auto` tries them
_PROBE = "from mujoco.{name} import GLContext; GLContext(8, 8).make_current()"
_PLATFORM = "PYOPENGL_PLATFORM"  # the environment variable by which PyOpenGL binds a process
REMEDY = {
    "egl": "install the EGL library (Debian: libegl1 libgl1-mesa-dri) or use `warp`",
    "osmesa": "install the OSMesa library (Debian: libosmesa6) or use `warp`",
}


class Renderer(Protocol):
    """Draws all cameras of all environments of a batch."""

    @property
    def name(self) -> str:
        """One of `RENDERERS`, or `none` without cameras."""

    def refresh(self) -> None:
        """Take over how the environments' models look now."""

    def render(self) -> Images:
        """Draw the batch's current state."""

    def close(self) -> None:
        """Free what was allocated; closing twice is allowed."""


class BlindRenderer:
    """Draws nothing: for environments without cameras.

    Args:
        num_envs: N.
        image_size: `(H, W)` pixels, for the shape of what is not there.
    """

    name = "none"

    def __init__(self, num_envs: int, image_size: tuple[int, int]) -> None:
        self._shape = (num_envs, 0, *image_size)

    def refresh(self) -> None:
        """Nothing to take over."""

    def render(self) -> Images:
        """Return images of no views."""
        N, V, H, W = self._shape
        return Images(np.zeros((N, V, 3, H, W), np.uint8), np.zeros((N, V, 1, H, W), np.float32))

    def close(self) -> None:
        """Nothing to free."""


@functools.cache
def available(name: str) -> bool:
    """Return whether a renderer works on this machine.

    OpenGL is tried in a process of its own: a failed attempt would leave PyOpenGL bound to the
    wrong platform.
    """
    if name == "warp":
        return True
    probe = [sys.executable, "-c", _PROBE.format(name=name)]
    environment = clean_environment(_PLATFORM)
    done = subprocess.run(probe, env=environment, capture_output=True, check=False)
    return done.returncode == 0


def _is_free(name: str) -> bool:
    """Return whether this process is not bound to another OpenGL platform; it keeps its first."""
    return name == "warp" or os.environ.get(_PLATFORM, "") in ("", name)


def choose_renderer(name: str) -> str:
    """Return the renderer `name` where it works, or for `auto` the first that works here.

    Raises:
        ConfigurationError: If the renderer asked for does not work here, or not in this process;
            the message says what to do.
    """
    if name == "auto":
        name = next(each for each in RENDERERS if _is_free(each) and available(each))
        logger.info("Rendering with %s, the first of %s that works here.", name, RENDERERS)
    elif not available(name):
        raise ConfigurationError("renderer", f"{name!r} does not work here: {REMEDY[name]}.")
    elif not _is_free(name):
        raise ConfigurationError(
            "renderer",
            f"{name!r} does not work in this process, which has OpenGL from"
            f" {os.environ[_PLATFORM]!r}: take that, `warp`, or a process of its own.",
        )
    return name


def create_renderer(
    name: str,
    batch: mujoco.batch.Batch,
    models: Sequence[mujoco.MjModel],
    layout: Layout,
    scene: Scene,
) -> Renderer:
    """Create the renderer `name`, or for `auto` the first that works here.

    Args:
        name: `auto` or one of `RENDERERS`.
        batch: The simulated environments; stepped or reset once more before the first image.
        models: The environments' models, of one layout.
        layout: Their common layout.
        scene: What is simulated.

    Raises:
        ConfigurationError: If the renderer asked for does not work here, or not in this process;
            the message says what to do.
    """
    if not scene.views:
        return BlindRenderer(len(models), scene.image_size)
    if drawing_process() != os.getpid():
        return ForkedRenderer()
    name = choose_renderer(name)
    if name == "warp":
        from spawnnet_sim.mujoco.rendering.ray import RayRenderer

        return RayRenderer(batch, models, layout, scene)
    from spawnnet_sim.mujoco.rendering.gl import GLRenderer

    return GLRenderer(name, batch, models, scene)
