from dataclasses import dataclass

import pytest

from spawnnet_train.algorithms import builtin
from spawnnet_train.algorithms.cloning.cloning import BehaviorCloning
from spawnnet_train.algorithms.cloning.config import BehaviorCloningConfig
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.dagger.dagger import Dagger
from spawnnet_train.algorithms.registry import (
    algorithm_class,
    algorithm_config,
    list_algorithms,
    register_algorithm,
)


def test_the_builtin_ones_are_there_by_name() -> None:
    assert builtin.__name__.endswith("builtin")
    assert {"bc", "dagger"} <= set(list_algorithms())
    assert list(list_algorithms()) == sorted(list_algorithms())
    assert algorithm_config("bc") is BehaviorCloningConfig
    assert algorithm_class("bc") is BehaviorCloning
    assert algorithm_config("dagger") is DaggerConfig
    assert algorithm_class("dagger") is Dagger


def test_a_name_is_given_once() -> None:
    @dataclass(frozen=True)
    class Config: ...

    with pytest.raises(ValueError, match="'bc' is already registered"):
        register_algorithm("bc", Config, BehaviorCloning)
