import subprocess
import sys
from pathlib import Path

import pytest

from spawnnet_sim import CabinetsConfig, ConfigurationError, EnvironmentConfig, create_environment
from spawnnet_sim.mujoco.rendering.processes import variable_problem

FORKED = """
import sys, gymnasium
from spawnnet_sim import (
    CabinetsConfig, CamerasConfig, EnvironmentConfig, SingleCabinetEnv, create_environment
)

config = EnvironmentConfig(
    cabinets=CabinetsConfig(count=1), cameras=CamerasConfig(image_size=(16, 16)), episode_steps=4
)
make = lambda: SingleCabinetEnv(create_environment(config))
environments = gymnasium.vector.AsyncVectorEnv([make, make], context="fork")
try:
    environments.reset(seed=0)
except RuntimeError as error:
    print(error)
environments.close(terminate=True)
"""


def test_forked_environments_say_how_to_start_them_instead_of_hanging(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(FORKED)
    done = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=240, check=False
    )
    assert 'context="spawn"' in done.stdout, done.stderr


@pytest.mark.parametrize("value", ["", "egl", "OSMesa", "glfw", "off", "0", "1", " egl "])
def test_values_that_mujoco_takes_are_fine(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", value)
    assert variable_problem() is None


def test_a_value_that_mujoco_does_not_take_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_GL", "banana")
    config = EnvironmentConfig(cabinets=CabinetsConfig(count=1))
    with pytest.raises(
        ConfigurationError, match=r"MUJOCO_GL has the unknown value 'banana': unset"
    ):
        create_environment(config)
