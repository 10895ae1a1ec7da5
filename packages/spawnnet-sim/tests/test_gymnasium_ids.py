import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import RecordVideo

from spawnnet_sim import CamerasConfig, ConfigurationError, environment_config
from spawnnet_sim.gymnasium_ids import IDS, configure

SMALL: dict[str, Any] = {
    "cameras": CamerasConfig(("close_left", "wrist"), (24, 40)),
    "episode_steps": 3,
}
# Velocities have no bounds, and Gymnasium says so.
pytestmark = pytest.mark.filterwarnings("ignore:.*infinity.*:UserWarning")


@pytest.mark.parametrize(("name", "per_camera"), zip(IDS, (False, True), strict=True))
def test_gymnasium_s_checker_finds_nothing(name: str, per_camera: bool) -> None:
    environment = gymnasium.make(name, render_mode="rgb_array", per_camera=per_camera, **SMALL)
    assert environment.spec is not None
    assert environment.spec.id == name
    check_env(environment.unwrapped, skip_render_check=True)  # it would open windows, too
    environment = gymnasium.make(name, render_mode="rgb_array", per_camera=per_camera, **SMALL)
    environment.reset(seed=0)
    assert environment.render().shape == (24, 40, 3)  # type: ignore[union-attr]
    environment.close()


def test_an_environment_has_its_first_cabinet_or_the_one_asked_for() -> None:
    environment = gymnasium.make("spawnnet/OpenDrawer-v0", **SMALL)
    first, _ = environment.reset(seed=3)
    envs = environment.unwrapped.envs  # type: ignore[attr-defined]
    assert envs.cabinets == ("drawer-train-v1/00",)
    other, info = environment.reset(seed=3, options={"cabinet": 5})
    assert envs.cabinets == ("drawer-train-v1/05",)
    assert (first["rgb"] != other["rgb"]).any()
    assert sorted(info) == ["closest", "grasped", "opened", "success"]
    environment.close()


def test_many_are_one_vector_environment_with_masks() -> None:
    environments = gymnasium.make_vec("spawnnet/OpenDoor-v0", num_envs=3, **SMALL)
    assert environments.unwrapped.spec.id == "spawnnet/OpenDoor-v0"  # type: ignore[union-attr]
    observation, info = environments.reset(seed=0)
    assert observation in environments.observation_space
    assert observation["rgb"].shape == (3, 2, 3, 24, 40)
    assert info["_success"].tolist() == [True] * 3
    assert {name.removeprefix("_") for name in info} == {n for n in info if n[0] != "_"}
    environments.close()


def test_gymnasium_s_own_vector_environment_gives_the_same_infos() -> None:
    options: dict[str, Any] = {"num_envs": 2, "profile": "light", "settings": ["cameras.views=[]"]}
    infos = []
    for mode in ("sync", "vector_entry_point"):
        environments = gymnasium.make_vec(
            "spawnnet/OpenDrawer-v0", vectorization_mode=mode, **options
        )
        infos.append(environments.reset(seed=0)[1])
        environments.close()
    assert infos[0].keys() == infos[1].keys()
    assert all(infos[0][name].dtype.kind == infos[1][name].dtype.kind for name in infos[0])


def test_each_camera_can_have_an_entry_of_its_own() -> None:
    environments = gymnasium.make_vec(
        "spawnnet/OpenDrawer-v0", num_envs=2, per_camera=True, **SMALL
    )
    observation, _ = environments.reset(seed=0)
    assert observation in environments.observation_space
    assert observation["rgb_wrist"].shape == (2, 3, 24, 40)
    assert observation["depth_close_left"].shape == (2, 1, 24, 40)
    whole = environments.unwrapped.reset(seed=0)[0]  # type: ignore[attr-defined]
    np.testing.assert_array_equal(observation["rgb_wrist"], whole["rgb"][:, 1])
    environments.close()


@pytest.mark.filterwarnings("default")  # of the libraries that encode
def test_episodes_are_recorded_by_gymnasium_s_wrapper(tmp_path: Path) -> None:
    pytest.importorskip("moviepy")
    environment = gymnasium.make("spawnnet/OpenDrawer-v0", render_mode="rgb_array", **SMALL)
    recorded = RecordVideo(environment, str(tmp_path / "videos"))
    recorded.reset(seed=0)
    for _ in range(3):
        recorded.step(np.zeros(7, np.float32))
    recorded.close()
    assert (tmp_path / "videos/rl-video-episode-0.mp4").stat().st_size > 500


def test_without_a_display_a_window_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = (
        "import gymnasium, spawnnet_sim\n"
        "try:\n    gymnasium.make('spawnnet/OpenDrawer-v0', render_mode='human',"
        " settings=['cameras.views=[]'])\n"
        "except spawnnet_sim.ConfigurationError as error:\n    print(error)"
    )
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("render_mode: `human` opens a window, and there is no display")


def test_settings_are_changed_by_name_and_by_field() -> None:
    config = configure("open_door", split="held_out", settings=["cameras.image_size=[48, 64]"])
    assert config.cameras.image_size == (48, 64)
    assert config.cabinets == environment_config("open_door", split="held_out").cabinets
    assert configure("open_door", episode_steps=9).episode_steps == 9
    with pytest.raises(ConfigurationError, match=r"episode_step: .* Did you mean 'episode_steps'"):
        configure("open_door", episode_step=9)
    with pytest.raises(ConfigurationError, match="render_mode: 'ansi' is unknown"):
        gymnasium.make("spawnnet/OpenDoor-v0", render_mode="ansi", **SMALL)


def test_an_id_can_name_the_package_that_it_comes_from() -> None:
    script = (
        "import gymnasium\n"
        "environment = gymnasium.make('spawnnet_sim:spawnnet/OpenDoor-v0',"
        " settings=['cameras.views=[]'])\n"
        "print(environment.spec.id)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "spawnnet/OpenDoor-v0"
