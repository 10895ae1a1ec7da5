"""Processes that cannot draw: forked ones, and those with a wrong `MUJOCO_GL`."""

from __future__ import annotations

import functools
import os

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.physics.physics import Images

_VARIABLE = "MUJOCO_GL"
# What MuJoCo itself takes; with anything else it cannot be imported.
_OFF, _ON = ("disable", "disabled", "off", "false", "0"), ("enable", "enabled", "on", "true", "1")
_KNOWN = (*_OFF, *_ON, "", "glfw", "glx", "egl", "osmesa", "wgl", "cgl")


def variable_problem() -> str | None:
    """Return what is wrong with the environment variable `MUJOCO_GL`, if anything is."""
    value = os.environ.get(_VARIABLE, "")
    if value.lower().strip() in _KNOWN:
        return None
    return (
        f"the environment variable {_VARIABLE} has the unknown value {value!r}: unset it, or set it"
        " to `egl` or `osmesa`"
    )


def check_variable() -> None:
    """Check what MuJoCo would not be imported with.

    Raises:
        ConfigurationError: If `MUJOCO_GL` has an unknown value.
    """
    problem = variable_problem()
    if problem is not None:
        raise ConfigurationError("", f"{problem}.")


def clean_environment(*names: str) -> dict[str, str]:
    """Return the environment variables without `MUJOCO_GL` and those named."""
    left_out = (_VARIABLE, *names)
    return {name: value for name, value in os.environ.items() if name not in left_out}


@functools.cache
def drawing_process() -> int:
    """Return the process that draws: the first that asks, of which forks inherit the answer."""
    return os.getpid()


def check_process() -> None:
    """Check that this process can draw. OpenGL would wait for ever for threads that a fork lost.

    Raises:
        RuntimeError: If it was forked from one that has drawn.
    """
    if drawing_process() != os.getpid():
        raise RuntimeError(
            "This process was forked from one that has drawn images, and what draws them does not"
            ' outlive a fork: start it with the context "spawn", such as `AsyncVectorEnv(...,'
            ' context="spawn")`.'
        )


class ForkedRenderer:
    """Stands for the renderer of a forked process; it fails when it is to draw.

    Not before: `AsyncVectorEnv` passes on errors of a reset, but not those of building.
    """

    name = "none"

    def refresh(self) -> None:
        """Nothing to take over."""

    def render(self) -> Images:
        """Say why nothing can be drawn.

        Raises:
            RuntimeError: Always.
        """
        check_process()
        raise AssertionError("only for forked processes")

    def close(self) -> None:
        """Nothing to free."""
