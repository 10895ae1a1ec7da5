"""What a user can get wrong is one sentence with its place, before a simulator starts."""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import (
    CabinetsConfig,
    ConfigurationError,
    EngineConfig,
    EnvironmentConfig,
    IsaacGymConfig,
    RandomizationConfig,
    check_environment,
    create_environment,
    engine_config,
)
from spawnnet_sim.cabinets.cabinet import CabinetSpec, Mesh, Shape
from spawnnet_sim.isaacgym.assets import ROBOT_FILE, cabinet_asset, robot_asset
from spawnnet_sim.isaacgym.python import ask_python, check_python
from spawnnet_sim.robots.panda import PANDA

CONFIG = EnvironmentConfig(cabinets=CabinetsConfig(count=1))


def refused(config: EnvironmentConfig, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{sentence}") as caught:
        check_environment(config)
    assert "\n" not in str(caught.value)


def test_an_unknown_engine_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match=r"engine\.name.*'isaac_gym'.*mean 'isaacgym'\?"):
        engine_config("isaac_gym")


def test_an_option_of_another_engine_is_unknown() -> None:
    with pytest.raises(ConfigurationError, match=r"^renderer: IsaacGymConfig has no such setting"):
        IsaacGymConfig(python=sys.executable, renderer="egl")  # type: ignore[call-arg]
    with pytest.raises(ConfigurationError, match=r"^engine: the settings of 'isaacgym' are a `Isa"):
        check_environment(replace(CONFIG, engine=EngineConfig("isaacgym")))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"cuda_device": -1}, "cuda_device: must be a number from 0 on or a UUID"),
        ({"graphics_device": "0"}, "graphics_device: must be a number from 0 on or a UUID"),
        ({"timeout": 0.0}, "timeout: must be positive"),
        ({"start_timeout": -1.0}, "start_timeout: must be positive"),
        ({"vhacd_resolution": 512}, "vhacd_resolution: must be from 10000 to 64000000, got 512"),
    ],
)
def test_a_wrong_value_is_named(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{sentence}"):
        IsaacGymConfig(**{"python": sys.executable, **settings})


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., str]:
    def write(text: str, mode: int = 0o755) -> str:
        file = tmp_path / "python"
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(mode)
        return str(file)

    return write


def test_a_python_that_is_none_is_named(script: Callable[..., str], tmp_path: Path) -> None:
    refused(replace(CONFIG, engine=IsaacGymConfig()), r"engine\.python: must be the path of a Py")
    with pytest.raises(ConfigurationError, match=r"^python: there is no file '/no/python'\.$"):
        ask_python("/no/python")
    with pytest.raises(ConfigurationError, match=r"^python: .* is not executable"):
        ask_python(script("", 0o644))
    with pytest.raises(ConfigurationError, match="does not answer as a Python 3 does: no library"):
        ask_python(script("echo no library >&2; exit 1"))


def test_a_python_without_isaacgym_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "")
    refused(
        replace(CONFIG, engine=IsaacGymConfig(python=sys.executable)),
        r"engine\.python: .* has no isaacgym: see docs/isaac_gym\.md\.$",
    )


def test_a_python_of_another_version_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bindings = tmp_path / "isaacgym" / "_bindings" / "linux-x86_64"
    bindings.mkdir(parents=True)
    (tmp_path / "isaacgym" / "__init__.py").write_text("raise ImportError\n")
    for name in ("gym_36.so", "gym_38.so", "other.so"):
        (bindings / name).touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"^python: .* its isaacgym works with 3.6, 3.8 "):
        check_python(sys.executable)


@pytest.fixture
def config(stands_in: Callable[..., Any], engine: IsaacGymConfig) -> Any:
    with stands_in():
        yield replace(CONFIG, engine=engine)


def test_a_device_that_is_not_there_is_named(
    config: EnvironmentConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (
        ("nvidia-smi", "GPU-11\\nGPU-22"),
        ("vulkaninfo", "deviceUUID = 00000000-1111-2222-3333-444444444444"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\nprintf '{text}\\n'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    wrong = replace(config.engine, cuda_device=2)  # type: ignore[call-arg]
    refused(
        replace(config, engine=wrong),
        r"engine\.cuda_device: there is no GPU 2; `nvidia-smi` lists 0 \(GPU-11\), 1 \(GPU-22\)",
    )
    right = replace(config.engine, cuda_device="GPU-22")  # type: ignore[call-arg]
    check_environment(replace(config, engine=right))
    wrong = replace(right, graphics_device="GPU-22")  # type: ignore[call-arg]
    refused(replace(config, engine=wrong), r"engine\.graphics_device: there is no GPU 'GPU-22'")


def test_a_randomisation_that_it_lacks_is_named(config: EnvironmentConfig) -> None:
    check_environment(replace(config, randomization=RandomizationConfig(ball=True)))
    refused(
        replace(config, randomization=RandomizationConfig(lights=1.0)),
        r"randomization\.lights: Isaac Gym varies only ball here",
    )


def test_the_original_scene_needs_its_assets(config: EnvironmentConfig, tmp_path: Path) -> None:
    original = replace(config, scene="original")
    refused(original, r"engine\.assets: the scene 'original' needs .* `assets`, got none")
    engine = replace(config.engine, assets=str(tmp_path))  # type: ignore[call-arg]
    refused(replace(original, engine=engine), rf"engine\.assets: .* lacks the robot, `{ROBOT_FILE}")


def test_assets_of_another_robot_are_refused(tmp_path: Path) -> None:
    file = tmp_path / ROBOT_FILE
    file.parent.mkdir(parents=True)
    file.touch()
    links = tuple(
        replace(link, name="palm") if link.name == "hand" else link for link in PANDA.links
    )
    with pytest.raises(ConfigurationError, match=r"^assets: hold another robot.*'palm'"):
        robot_asset(replace(PANDA, links=links), str(tmp_path))
    assert robot_asset(PANDA, str(tmp_path)).joints[0] == "z_free_base1"


def test_cabinets_of_meshes_need_a_file(wall: CabinetSpec) -> None:
    corners = np.eye(3)
    mesh = Mesh(corners, corners, None, np.array([[0, 1, 2]], np.int32))
    surface = Shape("mesh", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), mesh=mesh)
    with pytest.raises(ConfigurationError, match=re.escape("'wall' is made of meshes without")):
        cabinet_asset(replace(wall, part=(*wall.part, surface)))


def test_a_library_that_cannot_be_imported_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "isaacgym.py").write_text("raise ImportError('libpython3.8.so.1.0: no such file')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    config = replace(CONFIG, engine=IsaacGymConfig(python=sys.executable))
    with pytest.raises(
        ConfigurationError, match=r"^engine\.python: cannot import isaacgym: libpython3\.8"
    ):
        create_environment(config)
