import json

import pytest

from spawnnet_sim import ConfigurationError, EnvironmentConfig
from spawnnet_sim.overrides import override


def test_settings_change_by_their_dotted_paths() -> None:
    changes = [
        "robot.control=tip",
        'cameras.views=["wrist"]',
        "randomization.colours=1",
        "episode_steps=9",
    ]
    config = override(EnvironmentConfig(), changes)
    assert config.robot.control == "tip"
    assert config.cameras.views == ("wrist",)
    assert config.randomization.colours == 1.0
    assert config.episode_steps == 9
    assert config.robot.action_speed == EnvironmentConfig().robot.action_speed


def test_a_setting_that_takes_several_types_takes_each() -> None:
    for devices in ("auto", [0, 1]):
        changes = ["engine.workers=2", f"engine.devices={json.dumps(devices)}"]
        expected = devices if devices == "auto" else (0, 1)
        assert override(EnvironmentConfig(), changes).engine.devices == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("robot.contrl=tip", r"^robot.contrl: 'contrl' is unknown. Did you mean 'control'\?"),
        (
            "robot.control=tips",
            r"^robot.control: must be one of 'joints', 'tip', got 'tips'. Did you mean 'tip'\?",
        ),
        ("robot=tip", "^robot: 'robot' is a group of settings: name one of them"),
        ("task.name=x", "^task.name: 'task' is one setting, not a group"),
        ("episode_steps=many", "^episode_steps: must be a whole number, got 'many'"),
        ("engine.devices=0", "^engine.devices: must be "),
        ("episode_steps", "'episode_steps' is not of the form `setting=value`"),
    ],
)
def test_what_is_wrong_with_a_change_is_said(change: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        override(EnvironmentConfig(), [change])
