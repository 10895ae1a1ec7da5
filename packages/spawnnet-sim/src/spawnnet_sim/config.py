"""What a user chooses about an environment, in groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from spawnnet_sim.configuration import Configuration
from spawnnet_sim.errors import require
from spawnnet_sim.experts.config import ExpertConfig
from spawnnet_sim.mujoco.config import MujocoConfig
from spawnnet_sim.physics.cameras import CAMERAS
from spawnnet_sim.physics.engines import EngineConfig
from spawnnet_sim.physics.randomization import NO_RANDOMIZATION, RandomizationConfig
from spawnnet_sim.registry import require_known
from spawnnet_sim.scenes import SCENES

MAX_ENVS = 10_000  # more fit into no machine's memory
MAX_SPEED = 1000  # rad/s or m/s, fifty times that of the original
MAX_PIXELS = 4096  # per side; what OpenGL draws everywhere


@dataclass(frozen=True)
class CabinetsConfig(Configuration):
    """The cabinets of the environments: some of a set, in its order.

    Attributes:
        set: Name of a set, see `list_cabinet_sets`. With `folder` one of the paper's lists of
            assets, such as `partnet-drawer-train`, or `partnet` for all that the folder holds. By
            default the task's training set, or with a folder `partnet`.
        first: How many of the set to skip.
        count: How many of the set to use after those.
        folder: Folder of PartNet-Mobility assets as RLAfford prepares them, for the sets that read
            one.
    """

    set: str | None = None
    first: int = 0
    count: int = 8
    folder: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.first >= 0, "first", self.first, "at least 0")
        require(self.count >= 1, "count", self.count, "at least 1")


@dataclass(frozen=True)
class RobotConfig(Configuration):
    """How the robot acts, starts and perceives itself.

    Attributes:
        control: What actions mean: `joints` increments of the position targets of base and arm, as
            in the paper (11 numbers), or `tip` the velocity of the fingertips, as practitioners
            control robots (7 numbers).
        proprioception: What the robot feels of itself: `joints` of all joints (42 numbers with
            `control: joints`), or `tip` what matters for a grasp (17 numbers).
        action_speed: How fast an action of 1 moves a position target, rad/s or m/s; with
            `control: joints`.
        start_noise: Scale of the random start pose; 0 starts every episode alike.
        original_observation: Whether proprioception is that of the original release instead, with
            what only a simulator knows; for comparisons.
    """

    control: Literal["joints", "tip"] = "joints"
    proprioception: Literal["joints", "tip"] = "joints"
    action_speed: float = 0.7
    start_noise: float = 1.0
    original_observation: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.action_speed > 0, "action_speed", self.action_speed, "positive")
        is_slow = self.action_speed <= MAX_SPEED
        require(is_slow, "action_speed", self.action_speed, f"at most {MAX_SPEED}")
        require(self.start_noise >= 0, "start_noise", self.start_noise, "at least 0")
        if self.original_observation:
            require(self.control == "joints", "control", self.control, "`joints` in the original")


@dataclass(frozen=True)
class CamerasConfig(Configuration):
    """What the cameras see.

    Attributes:
        views: Names of cameras, in the order of the images' axis V; without any, nothing is drawn
            and V is 0.
        image_size: `(H, W)` in pixels.
    """

    views: tuple[str, ...] = ("close_left", "close_right")
    image_size: tuple[int, int] = (96, 96)

    def __post_init__(self) -> None:
        super().__post_init__()
        for index, view in enumerate(self.views):
            require_known(view, CAMERAS, f"views[{index}]")
            is_new = view not in self.views[:index]
            require(is_new, f"views[{index}]", view, "a camera that is not named before")
        is_large = min(self.image_size) >= 8
        require(is_large, "image_size", self.image_size, "at least 8 x 8 pixels")
        is_small = max(self.image_size) <= MAX_PIXELS
        what = f"at most {MAX_PIXELS} x {MAX_PIXELS} pixels"
        require(is_small, "image_size", self.image_size, what)


@dataclass(frozen=True)
class EnvironmentConfig(Configuration):
    """A task, its cabinets, and what the robot sees and how fast it acts.

    The defaults are the light profile for CPUs: two near cameras, small images, 20 Hz. The
    original release has three cameras (`middle`, `left`, `right`), 224 x 224 pixels, 60 Hz, 192
    steps and an action speed of 20 per second.

    Attributes:
        task: Name of a task, see `list_tasks`.
        scene: Where the robot stands and starts, its drives, what resists it, and the steps of the
            physics: `reach`, in which it reaches every generated cabinet, or `original`, as in the
            paper; see `list_scenes`.
        num_envs: Number of environments N, by default one per cabinet. Environment i holds cabinet
            `i % cabinets.count`.
        cabinets: What the environments hold.
        robot: How the robot acts, starts and perceives itself.
        cameras: What the cameras see.
        engine: What simulates, see `list_engines`.
        expert: Who labels states.
        randomization: What else differs between episodes: lights, colours, textures, cameras,
            dynamics, a red ball; by default nothing.
        control_frequency: Control steps per second; a divisor of the scene's steps of the physics
            per second, 480 in `reach` and 120 in `original`.
        episode_steps: Control steps per episode.
    """

    task: str = "open_drawer"
    scene: str = "reach"
    num_envs: int | None = None
    cabinets: CabinetsConfig = CabinetsConfig()
    robot: RobotConfig = RobotConfig()
    cameras: CamerasConfig = CamerasConfig()
    engine: EngineConfig = field(default_factory=MujocoConfig)
    expert: ExpertConfig = field(default_factory=ExpertConfig)
    randomization: RandomizationConfig = NO_RANDOMIZATION
    control_frequency: int = 20
    episode_steps: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        num_envs, what = self.env_count, f"from 1 to {MAX_ENVS}, and is by default `cabinets.count`"
        require(1 <= num_envs <= MAX_ENVS, "num_envs", num_envs, what)
        for name in ("control_frequency", "episode_steps"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        physics_frequency = SCENES.lookup(self.scene).physics_frequency
        require(
            physics_frequency % self.control_frequency == 0,
            "control_frequency",
            self.control_frequency,
            f"a divisor of {physics_frequency}",
        )

    @property
    def control_timestep(self) -> float:
        """Seconds per control step."""
        return 1.0 / self.control_frequency

    @property
    def env_count(self) -> int:
        """Number of environments N."""
        return self.cabinets.count if self.num_envs is None else self.num_envs
