"""Everything that is simulated, behind the commands."""

import time
from typing import Any, Dict

import numpy as np
from camera_check import choose_form, measure_depth
from cameras import Cameras
from isaacgym import gymapi
from motion import Motion
from refusals import succeeded
from world import create_cells, create_sim, paint_ball

RED = (1.0, 0.0, 0.0)


class Simulation:
    """All environments of the worker.

    Args:
        described: What to simulate.
        arrays: Memory of the parent: what `Motion` takes, and with cameras `rgb`, `depth` and
            `cameras` `(N, V, 7)`, where they stand.

    Raises:
        RefusalError: If it does not work on this machine.
    """

    def __init__(self, described: Dict[str, Any], arrays: Dict[str, np.ndarray]) -> None:
        self._gym, self._arrays = gymapi.acquire_gym(), arrays
        self._sim = create_sim(self._gym, described["sim"])
        self._cells = create_cells(self._gym, self._sim, described)
        self._cameras = None  # type: Any
        if described["views"]:
            self._cameras = Cameras(self._gym, self._sim, self._cells, described)
        succeeded(self._gym.prepare_sim(self._sim), "prepare_sim")
        self._motion = Motion(self._gym, self._sim, self._cells, described, arrays)
        self._moved = [n for n, view in enumerate(described["views"]) if view["is_moved"]]
        self._seen = {}  # type: Dict[str, str]
        if self._cameras is not None:
            self._look(described)

    def facts(self) -> Dict[str, Any]:
        """Return what was found out: how cameras are counted, what depth means, seconds a step."""
        start = time.perf_counter()
        self._motion.advance()
        seconds = time.perf_counter() - start
        self._motion.publish()
        return {"seconds": seconds, **self._seen}

    def place(self, exact: bool) -> None:
        """Put everything where the arrays say."""
        self._motion.place(exact)

    def step(self) -> None:
        """Advance by one control step."""
        self._motion.step()

    def render(self) -> None:
        """Draw what the cameras see."""
        self._cameras.move(self._arrays["cameras"], self._moved)
        self._cameras.read(self._arrays["rgb"], self._arrays["depth"])

    def close(self) -> None:
        """Free the simulator."""
        self._gym.destroy_sim(self._sim)

    def _look(self, described: Dict[str, Any]) -> None:
        form = choose_form(self._gym, self._cells, self._motion, self._cameras, described)
        for cell in self._cells:
            paint_ball(self._gym, cell, RED)
        self._motion.move_balls(np.tile(described["ball"]["position"], (len(self._cells), 1)))
        self._seen = {"handles": form, "depth": measure_depth(self._cameras, described)}
