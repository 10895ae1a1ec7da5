"""What a user chooses about an environment."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from spawnnet_sim.cabinets.sources import list_cabinet_sets
from spawnnet_sim.physics.cameras import CAMERAS
from spawnnet_sim.physics.randomization import NO_RANDOMIZATION, RandomizationConfig

PHYSICS_FREQUENCY = 480  # Hz, a multiple of the usual control frequencies


@dataclass(frozen=True)
class EnvironmentConfig:
    """A task, its cabinets, and what the robot sees and how fast it acts.

    The defaults are the light profile for CPUs: two near cameras, small images, 20 Hz. The
    original release has three cameras (`middle`, `left`, `right`), 224 x 224 pixels, 60 Hz, 192
    steps and an action speed of 20 per second.

    Attributes:
        task: Name of a task, see `list_tasks`.
        cabinets: Name of a set of cabinets, see `list_cabinet_sets`; with `partnet` one of the
            paper's lists of assets, such as `partnet-drawer-train`, or `partnet` for all in the
            folder.
        num_cabinets: How many of the set to use, from its first one on.
        cameras: Names of cameras, in the order of the images' axis V; without any, nothing is drawn
            and V is 0.
        image_size: `(H, W)` in pixels.
        control_frequency: Control steps per second; a divisor of 480.
        episode_steps: Control steps per episode.
        action_speed: How fast an action of 1 moves a position target, rad/s or m/s.
        start_noise: Scale of the random start pose; 0 starts every episode alike.
        randomization: What else differs between episodes: lights, colours, textures, cameras,
            dynamics, a red ball; by default nothing.
        original_observation: Whether proprioception is that of the original release, with what
            only a simulator knows; for comparisons.
        renderer: `auto`, `egl`, `osmesa` or `warp`.
        partnet: Folder of PartNet-Mobility assets as RLAfford prepares them, to take instead of
            generated cabinets.
        expert: `scripted`, or the path of an expert that `spawnnet-sim train-expert` trained.
        workers: Processes over which the cells are spread; 0 simulates in this one. Results do not
            depend on it.
        worker_split: Cells of each worker; by default equal shares, the remainder to the last.
        worker_timeout: Seconds without an answer after which a worker counts as hung.
        restart_workers: Whether a worker that died or hung is replaced and its step repeated.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    task: str = "open_drawer"
    cabinets: str = "drawer-train-v1"
    num_cabinets: int = 8
    cameras: tuple[str, ...] = ("close_left", "close_right")
    image_size: tuple[int, int] = (96, 96)
    control_frequency: int = 20
    episode_steps: int = 64
    action_speed: float = 0.7
    start_noise: float = 1.0
    randomization: RandomizationConfig = NO_RANDOMIZATION
    original_observation: bool = False
    renderer: Literal["auto", "egl", "osmesa", "warp"] = "auto"
    partnet: str | None = None
    expert: str = "scripted"
    workers: int = 0
    worker_split: tuple[int, ...] | None = None
    worker_timeout: float = 60.0
    restart_workers: bool = False

    def __post_init__(self) -> None:
        for name in ("num_cabinets", "control_frequency", "episode_steps"):
            _require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        _require(self.action_speed > 0, "action_speed", self.action_speed, "positive")
        _require(self.workers >= 0, "workers", self.workers, "at least 0")
        _require(self.worker_timeout > 0, "worker_timeout", self.worker_timeout, "positive")
        _require(self.start_noise >= 0, "start_noise", self.start_noise, "at least 0")
        _require(min(self.image_size) >= 8, "image_size", self.image_size, "at least 8 x 8 pixels")
        for index, camera in enumerate(self.cameras):
            _require_known(camera, CAMERAS, f"cameras[{index}]")
        sets = list_cabinet_sets(needs_folder=self.partnet is not None)
        _require_known(self.cabinets, sets, "cabinets")
        _require(
            PHYSICS_FREQUENCY % self.control_frequency == 0,
            "control_frequency",
            self.control_frequency,
            f"a divisor of {PHYSICS_FREQUENCY}",
        )

    @property
    def control_timestep(self) -> float:
        """Seconds per control step."""
        return 1.0 / self.control_frequency


def _require(holds: bool, name: str, value: object, what: str) -> None:
    if not holds:
        raise ValueError(f"`{name}` must be {what}, got {value}.")


def _require_known(value: str, known: Iterable[str], name: str) -> None:
    names = sorted(known)
    if value not in names:
        close = difflib.get_close_matches(value, names, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"`{name}` is unknown: {value!r}.{hint} Known: {', '.join(names)}.")
