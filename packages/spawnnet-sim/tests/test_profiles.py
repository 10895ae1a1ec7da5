import pytest

from spawnnet_sim import CabinetsConfig, RobotConfig, environment_config
from spawnnet_sim.registration import SPLITS
from spawnnet_sim.tools.evaluation import evaluate_expert


def test_the_light_profile_is_the_way_of_practitioners() -> None:
    config = environment_config("open_drawer")
    assert config.robot == RobotConfig(control="tip", proprioception="tip")
    assert config.cameras.views == ("close_left", "wrist")
    assert config.expert.name == "smooth"


def test_the_splits_share_no_cabinet() -> None:
    training, new, held_out = (
        environment_config("open_door", split=split).cabinets for split in SPLITS
    )
    assert training.set == new.set == "door-train-v1"
    assert training.first + training.count < new.first
    assert held_out.set == "door-held-out-v1"
    with pytest.raises(ValueError, match=r"split: 'heldout' is unknown. Did you mean 'held_out'"):
        environment_config("open_door", split="heldout")


def test_the_paper_profile_has_the_original_s_numbers() -> None:
    config = environment_config("open_door", profile="paper", split="held_out")
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
