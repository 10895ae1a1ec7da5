import pytest

from spawnnet_sim import CabinetsConfig, EnvironmentConfig, environment_config
from spawnnet_sim.tools.evaluation import evaluate_expert


def test_the_light_profile_is_the_default_configuration() -> None:
    assert environment_config("open_drawer", cabinets=CabinetsConfig()) == EnvironmentConfig()


def test_the_paper_profile_has_the_original_s_numbers() -> None:
    config = environment_config("open_door", profile="paper", is_held_out=True)
    assert config.cabinets == CabinetsConfig("door-held-out-v1", count=8)
    assert config.cameras.views == ("middle", "left", "right")
    assert config.cameras.image_size == (224, 224)
    assert config.episode_steps * config.control_timestep == pytest.approx(3.2)
    assert config.robot.action_speed * config.control_timestep == pytest.approx(1 / 3)


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ValueError, match=r"profile: 'papers' is unknown. Did you mean 'paper'\?"):
        environment_config("open_door", profile="papers")


@pytest.mark.parametrize("task", ["open_drawer", "open_door"])
def test_the_expert_also_opens_cabinets_as_in_the_paper(task: str) -> None:
    config = environment_config(task, profile="paper", cabinets=CabinetsConfig(count=6))
    assert evaluate_expert(config, episodes=6).rate >= 0.8
