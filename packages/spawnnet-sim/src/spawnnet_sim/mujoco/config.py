"""What a user chooses about the MuJoCo engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self

from spawnnet_sim.errors import require
from spawnnet_sim.physics.engines import EngineConfig
from spawnnet_sim.physics.gpus import Devices

RendererName = Literal["auto", "egl", "osmesa", "warp"]


@dataclass(frozen=True)
class MujocoConfig(EngineConfig):
    """MuJoCo on the CPU, images by OpenGL or by a ray tracer.

    Attributes:
        renderer: `auto`, `egl`, `osmesa` or `warp`; `auto` takes the first that works here.
        workers: Processes over which the environments are spread; 0 simulates in this one. Results
            do not depend on it.
        worker_split: Number of environments of each worker; by default equal shares, the remainder
            to the last. It says how many workers there are where `workers` does not.
        devices: GPUs that the workers draw with: `auto` for all that CUDA shows, or some of them by
            number or UUID; worker i takes device i modulo their number.
        worker_timeout: Seconds without an answer after which a worker counts as hung.
        restart_workers: Whether a worker that died or hung is replaced and its step repeated.
    """

    name: Literal["mujoco"] = "mujoco"
    renderer: RendererName = "auto"
    workers: int = 0
    worker_split: tuple[int, ...] | None = None
    devices: Devices = "auto"
    worker_timeout: float = 60.0
    restart_workers: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.workers >= 0, "workers", self.workers, "at least 0")
        require(self.worker_timeout > 0, "worker_timeout", self.worker_timeout, "positive")

    @property
    def worker_count(self) -> int:
        """Number of workers; 0 for none."""
        return self.workers or len(self.worker_split or ())

    def with_workers(self, workers: int) -> Self:
        """Return the settings for fewer workers: equal shares, and no more devices than workers."""
        devices = self.devices if self.devices == "auto" else self.devices[:workers] or "auto"
        return replace(self, workers=workers, worker_split=None, devices=devices)
