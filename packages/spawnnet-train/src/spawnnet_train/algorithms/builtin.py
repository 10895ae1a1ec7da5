"""The algorithms that come with this package; a third one is a folder and a line here."""

from spawnnet_train.algorithms.cloning.cloning import BehaviorCloning
from spawnnet_train.algorithms.cloning.config import BehaviorCloningConfig
from spawnnet_train.algorithms.registry import register_algorithm
from spawnnet_train.config.simulator import IS_INSTALLED

register_algorithm("bc", BehaviorCloningConfig, BehaviorCloning)
if IS_INSTALLED:
    from spawnnet_train.algorithms.dagger.config import DaggerConfig
    from spawnnet_train.algorithms.dagger.dagger import Dagger

    register_algorithm("dagger", DaggerConfig, Dagger)
