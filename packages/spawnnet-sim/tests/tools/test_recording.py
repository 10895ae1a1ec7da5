from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_sim import (
    CabinetsConfig,
    CamerasConfig,
    EnvironmentConfig,
    MujocoConfig,
    create_environment,
    create_expert,
)
from spawnnet_sim.experts.disturbance import DisturbanceConfig
from spawnnet_sim.tools import recording
from spawnnet_sim.tools.recording import KEEP_ALL, RecordingConfig, record

NOISY = RecordingConfig(DisturbanceConfig(action_noise=0.5))


@pytest.fixture
def config() -> EnvironmentConfig:
    return EnvironmentConfig(
        cabinets=CabinetsConfig(count=2),
        cameras=CamerasConfig(image_size=(16, 24)),
        episode_steps=4,
    )


def test_a_file_has_the_original_s_layout(config: EnvironmentConfig, tmp_path: Path) -> None:
    paths = record(config, tmp_path, episodes=3, seed=7)
    assert [path.name for path in sorted((tmp_path / "none").iterdir())] == [p.name for p in paths]
    with h5py.File(paths[1]) as file:
        shapes = {
            name: file["traj_0"][name].shape
            for name in ("actions", "obs/rgb", "obs/depth", "obs/state")
        }
        assert shapes == {
            "actions": (4, 11),
            "obs/rgb": (4, 2, 3, 16, 24),
            "obs/depth": (4, 2, 1, 16, 24),
            "obs/state": (4, 42),
        }
        assert file["traj_0/obs/rgb"].dtype == np.uint8
        assert file["traj_0"].attrs["cabinet"] == "drawer-train-v1/01"
        assert file["traj_0"].attrs["seed"].tolist() == [7, 1]
        assert not file["traj_0"].attrs["success"]
        assert file.attrs["rate"] == 20
        for name in ("rgb", "depth"):
            assert file[f"traj_0/obs/{name}"].attrs["views"].tolist() == [
                "close_left",
                "close_right",
            ]


def test_what_is_recorded_is_what_the_expert_saw_and_did(
    config: EnvironmentConfig, tmp_path: Path
) -> None:
    paths = record(config, tmp_path, episodes=2, seed=7)
    environment, expert = create_environment(config), create_expert(config)
    observation, _ = environment.reset(seed=7)
    for step in range(config.episode_steps):
        actions = expert.act(environment.privileged_state())
        for env, path in enumerate(paths):
            with h5py.File(path) as file:
                episode = file["traj_0"]
                np.testing.assert_array_equal(episode["actions"][step], actions[env])
                np.testing.assert_array_equal(episode["obs/rgb"][step], observation["rgb"][env])
                np.testing.assert_array_equal(
                    episode["obs/state"][step], observation["proprioception"][env]
                )
        observation = environment.step(actions)[0]
    environment.close()


def test_an_interrupted_recording_goes_on_and_ends_alike(
    config: EnvironmentConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [path.read_bytes() for path in record(config, tmp_path / "whole", episodes=3)]
    steps = 0

    def interrupt() -> None:
        nonlocal steps
        steps += 1
        if steps == 8:  # after two cabinets, in the middle of the second round
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(config, tmp_path / "parts", episodes=3, watch=interrupt)
    files = sorted((tmp_path / "parts" / "none").iterdir())
    assert [path.name for path in files] == ["episode_00000.h5", "episode_00001.h5"]
    assert [path.read_bytes() for path in record(config, tmp_path / "parts", episodes=3)] == whole


def test_what_is_there_is_not_recorded_again(config: EnvironmentConfig, tmp_path: Path) -> None:
    first = record(config, tmp_path, episodes=2)
    times = [path.stat().st_mtime_ns for path in first]
    steps: list[None] = []
    record(config, tmp_path, episodes=2, watch=lambda: steps.append(None))
    assert [path.stat().st_mtime_ns for path in first] == times
    assert len(steps) == 2 + config.episode_steps  # two cabinets are loaded
    assert recording.episode_path(tmp_path, 1) == first[1]


def test_more_episodes_may_come_from_more_cabinets(
    config: EnvironmentConfig, tmp_path: Path
) -> None:
    before = [path.read_bytes() for path in record(config, tmp_path, episodes=2)]
    larger = replace(config, cabinets=CabinetsConfig(count=3), engine=MujocoConfig(workers=1))
    more = record(larger, tmp_path, episodes=3)
    assert [path.read_bytes() for path in more[:2]] == before


@pytest.mark.parametrize(("before", "now", "episode"), [(2, 3, 2), (3, 2, 2), (2, 8, 2)])
def test_another_number_of_cabinets_than_had_turns_is_refused(
    config: EnvironmentConfig, tmp_path: Path, before: int, now: int, episode: int
) -> None:
    one = replace(config, num_envs=2)
    record(replace(one, cabinets=CabinetsConfig(count=before)), tmp_path, episodes=4)
    other = replace(one, cabinets=CabinetsConfig(count=now))
    with pytest.raises(
        ValueError,
        match=rf"^cabinets.count: {now} gives episode {episode} another .*_0000{episode}.h5 was",
    ):
        record(other, tmp_path, episodes=6)


def test_no_images_are_compressed_in_no_way(config: EnvironmentConfig, tmp_path: Path) -> None:
    blind = replace(config, cameras=CamerasConfig(views=(), image_size=(16, 24)))
    asked = RecordingConfig(compression="gzip")
    (path,) = record(blind, tmp_path, episodes=1, recording=asked)
    with h5py.File(path) as file:
        assert file["traj_0/obs/rgb"].shape == (4, 0, 3, 16, 24)


@pytest.mark.parametrize(
    ("change", "seed", "recording_config", "message"),
    [
        ({"task": "open_door"}, 0, KEEP_ALL, "`task` 'open_drawer', now"),
        (
            {"cameras": CamerasConfig(image_size=(24, 16))},
            0,
            KEEP_ALL,
            r"`cameras.image_size` \[16, 24\], now it is \[24, 16\]",
        ),
        ({"cabinets": CabinetsConfig(first=1)}, 0, KEEP_ALL, "`cabinets.first` 0, now it is 1"),
        ({}, 1, KEEP_ALL, r"`seed` \[0, 0\], now it is \[1, 0\]"),
        ({}, 0, NOISY, "`disturbance.action_noise` 0.0, now it is 0.5"),
        ({}, 0, RecordingConfig(every=2), "`every` 1, now it is 2"),
    ],
)
def test_a_folder_with_other_episodes_is_refused(
    config: EnvironmentConfig,
    tmp_path: Path,
    change: dict[str, Any],
    seed: int,
    recording_config: RecordingConfig,
    message: str,
) -> None:
    record(config, tmp_path, episodes=2)
    with pytest.raises(ValueError, match=rf"episode_00000.h5 was recorded with {message}"):
        record(
            replace(config, **change), tmp_path, episodes=2, seed=seed, recording=recording_config
        )


def test_a_damaged_episode_is_named(config: EnvironmentConfig, tmp_path: Path) -> None:
    path = record(config, tmp_path, episodes=2)[1]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"episode_00001.h5 is no recorded episode .*: remove it"):
        record(config, tmp_path, episodes=2)


def test_with_noise_the_expert_s_action_is_kept_and_another_one_executed(
    config: EnvironmentConfig, tmp_path: Path
) -> None:
    paths = record(config, tmp_path / "noisy", episodes=4, seed=7, recording=NOISY)
    quiet = record(config, tmp_path / "quiet", episodes=4, seed=7)
    scales = []
    for path, other in zip(paths, quiet, strict=True):
        with h5py.File(path) as file, h5py.File(other) as calm:
            noisy, clean = file["traj_0"], calm["traj_0"]
            np.testing.assert_array_equal(noisy["actions"][0], clean["actions"][0])
            assert not np.array_equal(noisy["obs/state"][1], clean["obs/state"][1])
            scales.append(float(noisy.attrs["noise"]))
    assert len(set(scales)) == 4
    assert min(scales) > 0.0
    assert max(scales) < 0.5


def test_noise_does_not_depend_on_which_episodes_are_missing(
    config: EnvironmentConfig, tmp_path: Path
) -> None:
    whole = record(config, tmp_path, episodes=4, recording=NOISY)
    before = whole[3].read_bytes()
    whole[3].unlink()
    record(config, tmp_path, episodes=4, recording=NOISY)
    assert whole[3].read_bytes() == before


def test_every_so_many_steps_are_kept_with_what_only_a_simulator_knows(
    config: EnvironmentConfig, tmp_path: Path
) -> None:
    whole = record(config, tmp_path / "whole", episodes=2)
    keep = RecordingConfig(every=3, privileged=True)
    paths = record(config, tmp_path / "part", episodes=2, recording=keep)
    with h5py.File(paths[1]) as file, h5py.File(whole[1]) as all_of_it:
        part, episode = file["traj_0"], all_of_it["traj_0"]
        assert "privileged" not in episode
        assert file.attrs["every"] == 3
        for name in ("actions", "obs/rgb", "obs/state"):
            np.testing.assert_array_equal(part[name], episode[name][::3])
        assert part["privileged/handle_offset"].shape == (2, 3)
        assert part["privileged/state"].shape == (2, 66)
        assert part["obs/state"].attrs["names"][20] == "hand.x"
        assert part["actions"].attrs["names"][-1] == "right_finger"


def test_more_cabinets_than_environments_take_turns(
    config: EnvironmentConfig, tmp_path: Path
) -> None:
    turns = replace(config, cabinets=CabinetsConfig(count=3), num_envs=2)
    names = []
    for path in record(turns, tmp_path, episodes=5):
        with h5py.File(path) as file:
            names.append(file["traj_0"].attrs["cabinet"][-2:])
    assert names == ["00", "01", "02", "00", "01"]


def test_images_are_compressed_as_asked_and_alike(
    config: EnvironmentConfig, tmp_path: Path
) -> None:
    rows = {}
    for name, layout in (("none", None), ("lzf", (1, 2, 3, 16, 24))):
        asked = RecordingConfig(compression=name)  # type: ignore[arg-type]
        (path,) = record(config, tmp_path / name, episodes=1, recording=asked)
        with h5py.File(path) as file:
            rgb = file["traj_0/obs/rgb"]
            assert rgb.compression == (None if name == "none" else name)
            assert rgb.chunks == layout
            rows[name] = rgb[:]
        # A folder may go on with another compression.
        record(config, tmp_path / name, episodes=2)
    np.testing.assert_array_equal(rows["none"], rows["lzf"])
    with pytest.raises(
        ValueError, match=r"compression: must be one of .*, got 'zip'. Did you mean 'gzip'"
    ):
        RecordingConfig(compression="zip")  # type: ignore[arg-type]
