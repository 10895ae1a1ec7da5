"""The algorithms that come with this package; a third one is a folder and a line here."""

from spawnnet_train.algorithms.cloning.cloning import BehaviorCloning
from spawnnet_train.algorithms.cloning.config import BehaviorCloningConfig
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.dagger.dagger import Dagger
from spawnnet_train.algorithms.registry import register_algorithm

register_algorithm("bc", BehaviorCloningConfig, BehaviorCloning)
register_algorithm("dagger", DaggerConfig, Dagger)
