"""Cabinet tasks as Gymnasium vector environments; importing this imports no simulator."""

from spawnnet_sim.__about__ import __version__
from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.cabinets.order import cabinet_order
from spawnnet_sim.cabinets.procedural import generate_cabinets
from spawnnet_sim.cabinets.sources import CabinetSource, list_cabinet_sets, register_cabinets
from spawnnet_sim.config import CabinetsConfig, CamerasConfig, EnvironmentConfig, RobotConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.errors import ConfigurationError, WorkerError
from spawnnet_sim.expert_registration import (
    expert_summary,
    list_experts,
    named_expert,
    register_expert,
)
from spawnnet_sim.experts.config import ExpertConfig
from spawnnet_sim.experts.disturbance import DisturbanceConfig, DisturbedExpert
from spawnnet_sim.experts.expert import Expert
from spawnnet_sim.factory import (
    check_environment,
    check_expert,
    create_environment,
    create_expert,
)
from spawnnet_sim.gymnasium_ids import register_ids as _register_ids
from spawnnet_sim.isaacgym.config import IsaacGymConfig
from spawnnet_sim.mujoco.config import MujocoConfig
from spawnnet_sim.physics.engines import (
    Engine,
    EngineConfig,
    engine_config,
    list_engines,
    register_engine,
    resolve_engine,
)
from spawnnet_sim.physics.physics import Images, Physics, PhysicsState
from spawnnet_sim.physics.randomization import RandomizationConfig
from spawnnet_sim.physics.robot_spec import Link, RobotSpec
from spawnnet_sim.physics.scene import PartDrive, Scene
from spawnnet_sim.profiles import environment_config
from spawnnet_sim.registration import (
    TaskEntry,
    cabinet_set,
    list_tasks,
    register_task,
    task_cabinets,
)
from spawnnet_sim.scenes import SceneTemplate, list_scenes, register_scene
from spawnnet_sim.single import SingleCabinetEnv
from spawnnet_sim.tasks.quantities import QUANTITIES, Quantity, read_quantities
from spawnnet_sim.tasks.state import State

__all__ = [
    "QUANTITIES",
    "CabinetEnv",
    "CabinetSource",
    "CabinetSpec",
    "CabinetsConfig",
    "CamerasConfig",
    "ConfigurationError",
    "DisturbanceConfig",
    "DisturbedExpert",
    "Engine",
    "EngineConfig",
    "EnvironmentConfig",
    "Expert",
    "ExpertConfig",
    "Images",
    "IsaacGymConfig",
    "Link",
    "MujocoConfig",
    "PartDrive",
    "Physics",
    "PhysicsState",
    "Quantity",
    "RandomizationConfig",
    "RobotConfig",
    "RobotSpec",
    "Scene",
    "SceneTemplate",
    "SingleCabinetEnv",
    "State",
    "TaskEntry",
    "WorkerError",
    "__version__",
    "cabinet_order",
    "cabinet_set",
    "check_environment",
    "check_expert",
    "create_environment",
    "create_expert",
    "engine_config",
    "environment_config",
    "expert_summary",
    "generate_cabinets",
    "list_cabinet_sets",
    "list_engines",
    "list_experts",
    "list_scenes",
    "list_tasks",
    "named_expert",
    "read_quantities",
    "register_cabinets",
    "register_engine",
    "register_expert",
    "register_scene",
    "register_task",
    "resolve_engine",
    "task_cabinets",
]

_register_ids()
