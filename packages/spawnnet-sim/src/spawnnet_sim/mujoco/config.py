"""What a user chooses about the MuJoCo engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spawnnet_sim.errors import require
from spawnnet_sim.physics.engines import EngineConfig

RendererName = Literal["auto", "egl", "osmesa", "warp"]


@dataclass(frozen=True)
class MujocoConfig(EngineConfig):
    """MuJoCo on the CPU, images by OpenGL or by a ray tracer.

    Attributes:
        renderer: `auto`, `egl`, `osmesa` or `warp`; `auto` takes the first that works here.
        workers: Processes over which the environments are spread; 0 simulates in this one. Results
            do not depend on it.
        worker_split: Number of environments of each worker; by default equal shares, the remainder
            to the last.
        devices: GPUs of the workers, by turns: `auto` for all that CUDA shows, or a list of their
            numbers there or of UUIDs.
        worker_timeout: Seconds without an answer after which a worker counts as hung.
        restart_workers: Whether a worker that died or hung is replaced and its step repeated.
    """

    name: Literal["mujoco"] = "mujoco"
    renderer: RendererName = "auto"
    workers: int = 0
    worker_split: tuple[int, ...] | None = None
    devices: Literal["auto"] | tuple[int | str, ...] = "auto"
    worker_timeout: float = 60.0
    restart_workers: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.workers >= 0, "workers", self.workers, "at least 0")
        require(bool(self.devices), "devices", "none", "`auto` or a list of at least one GPU")
        require(self.worker_timeout > 0, "worker_timeout", self.worker_timeout, "positive")
