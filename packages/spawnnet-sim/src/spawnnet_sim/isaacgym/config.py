"""What a user chooses about the Isaac Gym engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self

from spawnnet_sim.errors import require
from spawnnet_sim.physics.engines import EngineConfig


@dataclass(frozen=True)
class IsaacGymConfig(EngineConfig):
    """Isaac Gym Preview 4 (PhysX, on a GPU) in a Python of its own.

    Attributes:
        python: Path of the Python (3.6 to 3.8) that has isaacgym and torch.
        assets: Folder `assets` of the original release, with its robot; the scene `original` needs
            it, others take the robot's own links without it.
        cuda_device: GPU that simulates: its number as CUDA counts, or its UUID.
        graphics_device: GPU that draws: its number as Vulkan counts, or its UUID; it must be the
            one that simulates.
        devices: GPUs of several workers, one each, by number or UUID; in place of the two above.
        worker_split: Number of environments of each of those workers; by default equal shares, the
            remainder to the last.
        timeout: Seconds without an answer after which the worker counts as hung.
        start_timeout: The same for its start, which compiles code and decomposes meshes.
        original_targets: Whether the drives' targets outlive a reset, as in the original release.
        vhacd_resolution: Voxels of the decomposition of cabinets' meshes; the original asked for
            512, which is less than the library allows.
    """

    name: Literal["isaacgym"] = "isaacgym"
    python: str = ""
    assets: str | None = None
    cuda_device: int | str = 0
    graphics_device: int | str = 0
    devices: tuple[int | str, ...] = ()
    worker_split: tuple[int, ...] | None = None
    timeout: float = 60.0
    start_timeout: float = 900.0
    original_targets: bool = False
    vhacd_resolution: int = 100_000

    def __post_init__(self) -> None:
        super().__post_init__()
        given = {"cuda_device": self.cuda_device, "graphics_device": self.graphics_device}
        given |= {f"devices[{number}]": device for number, device in enumerate(self.devices)}
        for name, value in given.items():
            is_device = value >= 0 if isinstance(value, int) else value.startswith("GPU-")
            require(is_device, name, repr(value), "a number from 0 on or a UUID, `GPU-...`")
        if self.worker_split is not None:
            what = "absent without `devices`"
            require(bool(self.devices), "worker_split", list(self.worker_split), what)
        for name in ("timeout", "start_timeout"):
            require(getattr(self, name) > 0, name, getattr(self, name), "positive")
        is_allowed = 10_000 <= self.vhacd_resolution <= 64_000_000
        what = "from 10000 to 64000000"
        require(is_allowed, "vhacd_resolution", self.vhacd_resolution, what)

    @property
    def renderer(self) -> str:
        """Name of what draws the images."""
        return "isaacgym"

    def with_workers(self, workers: int) -> Self:
        """Return the settings with equal shares; there is a worker for each device."""
        del workers
        return replace(self, worker_split=None)
