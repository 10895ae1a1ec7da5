import numpy as np
import pytest

from spawnnet_sim import EnvironmentConfig, RandomizationConfig
from spawnnet_sim.physics.randomization import NO_RANDOMIZATION


def test_nothing_varies_by_default() -> None:
    assert EnvironmentConfig().randomization == NO_RANDOMIZATION
    assert not any(vars(NO_RANDOMIZATION).values())


@pytest.mark.parametrize(
    ("name", "value"), [("lights", -0.1), ("textures", 1.5), ("dynamics", np.nan)]
)
def test_a_scale_out_of_range_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(
        ValueError, match=rf"^{name}: must be (in \[0, [12]\]|a finite number), got {value}"
    ):
        RandomizationConfig(**{name: value})
