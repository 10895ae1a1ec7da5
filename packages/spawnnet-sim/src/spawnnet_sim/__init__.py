"""Cabinet tasks as Gymnasium vector environments; importing this imports no simulator."""

from spawnnet_sim.__about__ import __version__
from spawnnet_sim.cabinet import CabinetSpec
from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.expert import Expert
from spawnnet_sim.factory import (
    check_environment,
    create_environment,
    create_expert,
    list_tasks,
)
from spawnnet_sim.physics import Images, Physics, State
from spawnnet_sim.procedural import generate_cabinets
from spawnnet_sim.profiles import environment_config
from spawnnet_sim.randomization import RandomizationConfig
from spawnnet_sim.single import SingleCabinetEnv
from spawnnet_sim.sources import list_cabinet_sets

__all__ = [
    "CabinetEnv",
    "CabinetSpec",
    "EnvironmentConfig",
    "Expert",
    "Images",
    "Physics",
    "RandomizationConfig",
    "SingleCabinetEnv",
    "State",
    "__version__",
    "check_environment",
    "create_environment",
    "create_expert",
    "environment_config",
    "generate_cabinets",
    "list_cabinet_sets",
    "list_tasks",
]
