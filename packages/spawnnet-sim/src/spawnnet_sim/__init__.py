"""Cabinet tasks as Gymnasium vector environments; importing this imports no simulator."""

from spawnnet_sim.__about__ import __version__
from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.cabinets.procedural import generate_cabinets
from spawnnet_sim.cabinets.sources import list_cabinet_sets
from spawnnet_sim.config import CabinetsConfig, CamerasConfig, EnvironmentConfig, RobotConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.experts.config import ExpertConfig
from spawnnet_sim.experts.expert import Expert
from spawnnet_sim.factory import (
    check_environment,
    create_environment,
    create_expert,
    list_experts,
    list_tasks,
    task_cabinets,
)
from spawnnet_sim.mujoco.config import MujocoConfig
from spawnnet_sim.physics.engines import EngineConfig
from spawnnet_sim.physics.physics import Images, Physics, State
from spawnnet_sim.physics.randomization import RandomizationConfig
from spawnnet_sim.profiles import environment_config
from spawnnet_sim.single import SingleCabinetEnv

__all__ = [
    "CabinetEnv",
    "CabinetSpec",
    "CabinetsConfig",
    "CamerasConfig",
    "ConfigurationError",
    "EngineConfig",
    "EnvironmentConfig",
    "Expert",
    "ExpertConfig",
    "Images",
    "MujocoConfig",
    "Physics",
    "RandomizationConfig",
    "RobotConfig",
    "SingleCabinetEnv",
    "State",
    "__version__",
    "check_environment",
    "create_environment",
    "create_expert",
    "environment_config",
    "generate_cabinets",
    "list_cabinet_sets",
    "list_experts",
    "list_tasks",
    "task_cabinets",
]
