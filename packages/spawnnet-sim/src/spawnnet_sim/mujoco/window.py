"""A window on one environment: MuJoCo's interactive viewer."""

from __future__ import annotations

import warnings

import mujoco
import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.errors import ConfigurationError

NO_DISPLAY = (
    "`human` opens a window, and there is no display to open it on: take `rgb_array`, or start "
    "where DISPLAY or WAYLAND_DISPLAY names one."
)


class Window:
    """MuJoCo's viewer, which a mouse can turn; closing it ends nothing but the view.

    Args:
        model: What is shown.

    Raises:
        ConfigurationError: If there is no display, or the system wants another interpreter.
    """

    def __init__(self, model: mujoco.MjModel) -> None:
        _require_display()
        from mujoco import viewer

        self._model, self._data = model, mujoco.MjData(model)
        try:
            self._viewer = viewer.launch_passive(
                model, self._data, show_left_ui=False, show_right_ui=False
            )
        except RuntimeError as error:  # macOS wants `mjpython`, and says so
            raise ConfigurationError("render_mode", f"`human`: {error}.") from error

    def show(self, positions: NDArray[np.float64]) -> None:
        """Show the joints at positions `(nq,)`, unless the window has been closed."""
        if not self._viewer.is_running():
            return
        with self._viewer.lock():
            self._data.qpos[:] = positions
            mujoco.mj_forward(self._model, self._data)
        self._viewer.sync()

    def close(self) -> None:
        """Close the window."""
        self._viewer.close()


def _require_display() -> None:
    """Raise a ConfigurationError unless a window can be opened; the viewer would wait for ever."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GLFW warns of what is said here
        try:
            import glfw

            works = bool(glfw.init())
        except ImportError:  # its shared library does not load
            works = False
    if not works:
        raise ConfigurationError("render_mode", NO_DISPLAY)
