from typing import Any

import pytest

from spawnnet_sim import EnvironmentConfig, check_environment


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_cabinets": 0}, "`num_cabinets` must be at least 1, got 0."),
        ({"episode_steps": 0}, "`episode_steps` must be at least 1, got 0."),
        ({"control_frequency": 7}, "`control_frequency` must be a divisor of 480, got 7."),
        ({"action_speed": 0.0}, "`action_speed` must be positive, got 0.0."),
        ({"start_noise": -1.0}, "`start_noise` must be at least 0, got -1.0."),
        ({"image_size": (4, 96)}, "`image_size` must be at least 8 x 8 pixels, got (4, 96)."),
        ({"cameras": ("middle", "lfet")}, "`cameras[1]` is unknown: 'lfet'. Did you mean 'left'?"),
        ({"task": "open_door"}, "'drawer-train-v1' have a slide, 'open_door' needs a hinge"),
        ({"cabinets": "drawer-train-v2"}, "Did you mean 'drawer-train-v1'?"),
        (
            {"task": "open_drawers"},
            "`task` is unknown: 'open_drawers'. Did you mean 'open_drawer'?",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=r"^`") as error:
        check_environment(EnvironmentConfig(**changes))
    assert message in str(error.value)


def test_the_control_timestep_is_the_inverse_of_the_frequency() -> None:
    assert EnvironmentConfig(control_frequency=16).control_timestep == 0.0625
