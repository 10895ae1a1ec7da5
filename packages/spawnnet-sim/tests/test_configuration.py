"""Whatever is put into a configuration is right, or wrong in one sentence."""

import copy
import pickle
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

import pytest

from spawnnet_sim import CamerasConfig, ConfigurationError, EnvironmentConfig, MujocoConfig
from spawnnet_sim.configuration import Configuration
from spawnnet_sim.tools.recording import RecordingConfig
from spawnnet_sim.training.ppo_config import PpoConfig

HOSTILE: list[Any] = [
    None, True, 0, 1, -1, 3.5, 10**400, float("nan"), float("-inf"), -1e308, "", "vulkan",
    "\x1b[2J",
    b"x", (), [], (48,), (48, 48), (48, "48"), (48, 48, 48), (-1, 10**9), [[1]], {}, {"name": "x"},
    {1, 2}, object(), int, EnvironmentConfig(), CamerasConfig(), range(3),
]  # fmt: skip


@dataclass(frozen=True)
class Small(Configuration):
    name: str = "a"
    mode: Literal["fast", "slow"] = "fast"
    inner: CamerasConfig = field(default_factory=CamerasConfig)


def groups(base: type[Configuration] = Configuration) -> Iterator[type[Configuration]]:
    """Yield every configuration of the package, whose modules the imports above load."""
    for group in base.__subclasses__():
        if group.__module__.startswith("spawnnet_sim"):
            yield from (group, *groups(group))


def refusal(group: type[Configuration], **settings: Any) -> ConfigurationError | None:
    try:
        group(**settings)
    except ConfigurationError as error:
        return error
    return None


@pytest.mark.parametrize("group", tuple(groups()), ids=lambda group: group.__name__)
def test_every_setting_takes_hostile_values_or_refuses_them_in_one_sentence(
    group: type[Configuration],
) -> None:
    required: dict[str, Any] = {"name": "x"} if group.__name__ == "EngineConfig" else {}
    for each in fields(group):
        found = [refusal(group, **required | {each.name: value}) for value in HOSTILE]
        errors = [error for error in found if error]
        assert len(errors) >= len(HOSTILE) / 2
        assert {error.field.partition("[")[0] for error in errors} <= {each.name, "num_envs"}
        assert all(str(error).isprintable() and len(str(error)) < 400 for error in errors)


def test_random_settings_together_are_refused_in_one_sentence() -> None:
    generator = random.Random(0)
    names = [each.name for each in fields(EnvironmentConfig)]
    for _ in range(300):
        settings = {name: generator.choice(HOSTILE) for name in generator.sample(names, 3)}
        error = refusal(EnvironmentConfig, **settings)
        assert error is None or error.field.partition("[")[0] in {*settings, "num_envs"}


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"renderer": "vulkan"}, "Did you mean 'engine.renderer'?"),
        ({"image_size": (48,)}, "Did you mean 'cameras.image_size'?"),
        ({"taks": "open_door"}, "Did you mean 'task'?"),
        ({"xyz": 1}, "Known: task, scene,"),
    ],
)
def test_an_unknown_setting_is_named_with_the_one_that_is_meant(
    settings: dict[str, Any], hint: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        EnvironmentConfig(**settings)
    (name,) = settings
    start = f"{name}: EnvironmentConfig has no such setting. {hint}"
    assert str(error.value).startswith(start)
    with pytest.raises(ConfigurationError) as replaced:
        replace(EnvironmentConfig(), **settings)
    assert str(replaced.value) == str(error.value)


def test_too_many_values_are_counted() -> None:
    with pytest.raises(ConfigurationError, match="Small has 3 settings, got 4 values"):
        Small("a", "fast", CamerasConfig(), 1)  # type: ignore[call-arg]


def test_configurations_are_copied_and_pickled() -> None:
    config = EnvironmentConfig(engine=MujocoConfig(workers=2), episode_steps=7)
    assert copy.deepcopy(config) == pickle.loads(pickle.dumps(config)) == config  # noqa: S301
    assert RecordingConfig().every == PpoConfig(epochs=1).epochs == 1
