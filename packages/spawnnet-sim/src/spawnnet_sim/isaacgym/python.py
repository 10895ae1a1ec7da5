"""The Python that the worker runs in."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from spawnnet_sim.errors import ConfigurationError, require

_LIMIT = 30.0  # seconds that a Python may take to say what it is
# Runs in any Python 3, and imports nothing that could print or compile.
_QUESTION = """
import importlib.util, json, os, sys
found = importlib.util.find_spec("isaacgym")
folder = os.path.join(os.path.dirname(found.origin or ""), "_bindings") if found else ""
names = sorted({name for _, _, files in os.walk(folder) for name in files if name[:4] == "gym_"})
print(json.dumps([list(sys.version_info[:3]), sys.base_prefix, bool(found), names]))
"""


class Python(NamedTuple):
    """What a Python said of itself.

    Attributes:
        version: Such as `3.8.18`.
        prefix: Folder of its installation; its shared library is in `lib` below.
        has_isaacgym: Whether isaacgym can be found; it was not imported.
        bindings: Versions of Python that its isaacgym was compiled for, such as `3.8`.
    """

    version: str
    prefix: Path
    has_isaacgym: bool
    bindings: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether its isaacgym was compiled for it, or needs no compiled part."""
        return not self.bindings or self.version.rpartition(".")[0] in self.bindings


def ask_python(path: str) -> Python:
    """Return what a Python is.

    Raises:
        ConfigurationError: If there is none at this path, or it does not answer.
    """
    what = "the path of a Python with isaacgym, such as /path/to/env/bin/python"
    require(bool(path), "python", "none", what)
    if not Path(path).is_file():
        raise ConfigurationError("python", f"there is no file {path!r}.")
    if not os.access(path, os.X_OK):
        raise ConfigurationError("python", f"{path!r} is not executable.")
    try:
        said = subprocess.run(
            [path, "-c", _QUESTION], capture_output=True, timeout=_LIMIT, check=True, text=True
        ).stdout
        version, prefix, found, files = json.loads(said)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        reason = str(getattr(error, "stderr", "") or error).strip().splitlines()[-1:]
        message = f"{path!r} does not answer as a Python 3 does: {' '.join(reason)}"
        raise ConfigurationError("python", message) from error
    return Python(".".join(map(str, version)), Path(prefix), found, _versions(files))


def check_python(path: str) -> Python:
    """Return what a Python is, if isaacgym works with it as far as can be seen from outside.

    Raises:
        ConfigurationError: If there is none at this path, or it has no isaacgym for it.
    """
    python = ask_python(path)
    if not python.has_isaacgym:
        message = f"{path!r} (Python {python.version}) has no isaacgym: see docs/isaac_gym.md."
        raise ConfigurationError("python", message)
    if not python.fits:
        message = (
            f"{path!r} is Python {python.version}, and its isaacgym works with "
            f"{', '.join(python.bindings)} only."
        )
        raise ConfigurationError("python", message)
    return python


def _versions(files: list[str]) -> tuple[str, ...]:
    """Return versions from names such as `gym_38.so`."""
    numbers = {name[4:].partition(".")[0] for name in files}
    return tuple(sorted(f"{number[0]}.{number[1:]}" for number in numbers if number.isdigit()))
