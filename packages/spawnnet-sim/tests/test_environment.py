from contextlib import closing
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, VectorEnv

from spawnnet_sim import (
    CabinetEnv,
    CabinetsConfig,
    ConfigurationError,
    EnvironmentConfig,
    create_environment,
    create_expert,
)


def actions(environment: CabinetEnv, seed: int = 0) -> np.ndarray:
    shape = (environment.num_envs, 11)
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def test_it_follows_gymnasium_s_vector_conventions(environment: CabinetEnv) -> None:
    assert isinstance(environment, VectorEnv)
    assert environment.metadata["autoreset_mode"] is AutoresetMode.DISABLED
    assert environment.num_envs == 3
    observation, _ = environment.reset(seed=0)
    assert observation in environment.observation_space
    assert actions(environment) in environment.action_space
    observation, reward, terminated, truncated, _ = environment.step(actions(environment))
    assert observation in environment.observation_space
    for array, dtype in ((reward, np.float32), (terminated, np.bool_), (truncated, np.bool_)):
        assert array.shape == (3,)
        assert array.dtype == dtype


def test_gymnasium_s_wrappers_accept_it(config: EnvironmentConfig) -> None:
    wrapped = gymnasium.wrappers.vector.RecordEpisodeStatistics(create_environment(config))
    with closing(wrapped):
        wrapped.reset(seed=0)
        for _ in range(config.episode_steps):
            info = wrapped.step(np.zeros((3, 11), np.float32))[4]
        assert info["episode"]["l"].tolist() == [config.episode_steps] * 3


def test_observations_have_the_configured_shapes(environment: CabinetEnv) -> None:
    observation, info = environment.reset(seed=0)
    assert observation["rgb"].shape == (3, 2, 3, 24, 40)
    assert observation["depth"].shape == (3, 2, 1, 24, 40)
    assert observation["proprioception"].shape == (3, 42)
    assert observation["rgb"].std() > 10
    assert 0.1 < observation["depth"].min() < observation["depth"].max() <= 2.0
    assert info["success"].tolist() == [False] * 3


def test_the_same_seed_gives_the_same_episode(environment: CabinetEnv) -> None:
    runs = []
    for _ in range(2):
        first, _ = environment.reset(seed=11)
        then, reward, _, _, info = environment.step(actions(environment))
        runs.append((*first.values(), *then.values(), reward, info["opened"]))
    for one, other in zip(*runs, strict=True):
        np.testing.assert_array_equal(one, other)
    different, _ = environment.reset(seed=12)
    assert (different["proprioception"] != runs[0][2]).any()


def test_episodes_without_a_seed_go_on_from_the_last_one(environment: CabinetEnv) -> None:
    def two_episodes() -> list[np.ndarray]:
        seeds = (21, None)
        return [environment.reset(seed=seed)[0]["proprioception"] for seed in seeds]

    first, second = two_episodes()
    assert (first != second).any()
    np.testing.assert_array_equal(np.stack(two_episodes()), np.stack([first, second]))


def test_a_environment_starts_as_its_seed_and_index_say_however_many_environments_there_are(
    environment: CabinetEnv, config: EnvironmentConfig
) -> None:
    observation, _ = environment.reset(seed=31)
    with closing(create_environment(replace(config, num_envs=5))) as larger:
        more, _ = larger.reset(seed=31)
    for name in observation:
        np.testing.assert_array_equal(more[name][:3], observation[name])
    assert (more["proprioception"][3] != more["proprioception"][0]).any()  # same cabinet


def test_environments_do_not_influence_each_other(environment: CabinetEnv) -> None:
    finals = []
    for others in (0.0, 1.0):
        environment.reset(seed=0)
        action = actions(environment)
        action[[0, 2]] = others
        finals.append(environment.step(action)[0])
    for name in finals[0]:
        np.testing.assert_array_equal(finals[0][name][1], finals[1][name][1])
        assert (finals[0][name][0] != finals[1][name][0]).any()


def test_a_reset_leaves_nothing_of_the_last_episode(environment: CabinetEnv) -> None:
    fresh = environment.reset(seed=41)[0]
    clean = environment.step(np.zeros((3, 11), np.float32))[0]
    environment.reset(seed=42)
    for seed in range(4):
        environment.step(actions(environment, seed))  # targets, efforts, last action
    again = environment.reset(seed=41)[0]
    after = environment.step(np.zeros((3, 11), np.float32))[0]
    for name in fresh:
        np.testing.assert_array_equal(again[name], fresh[name], err_msg=name)
        np.testing.assert_array_equal(after[name], clean[name], err_msg=name)


def test_a_mask_resets_some_environments_only(environment: CabinetEnv) -> None:
    environment.reset(seed=0)
    before = environment.step(actions(environment))[0]
    mask = np.array([True, False, True])
    after, _ = environment.reset(seed=0, options={"reset_mask": mask})
    for name in before:
        np.testing.assert_array_equal(after[name][1], before[name][1])
        assert (after[name][0] != before[name][0]).any()
    assert environment.step(actions(environment))[3].tolist() == [False] * 3


def test_steps_share_no_memory(environment: CabinetEnv) -> None:
    first, info = environment.reset(seed=0)
    kept = {name: array.copy() for name, array in {**first, **info}.items()}
    second = environment.step(np.ones((3, 11), np.float32))
    for name, array in {**first, **info}.items():
        np.testing.assert_array_equal(array, kept[name], err_msg=name)
        assert not np.shares_memory(array, {**second[0], **second[4]}[name])


def test_an_episode_is_truncated_at_its_end_and_then_needs_a_reset(environment: CabinetEnv) -> None:
    environment.reset(seed=0)
    ends = [environment.step(actions(environment))[2:4] for _ in range(5)]
    assert [truncated.tolist() for _, truncated in ends] == [[False] * 3] * 4 + [[True] * 3]
    assert not any(terminated.any() for terminated, _ in ends)
    with pytest.raises(gymnasium.error.ResetNeeded):
        environment.step(actions(environment))


def test_a_step_before_the_first_reset_is_refused(config: EnvironmentConfig) -> None:
    with (
        closing(create_environment(replace(config, num_envs=1))) as envs,
        pytest.raises(gymnasium.error.ResetNeeded),
    ):
        envs.step(np.zeros((1, 11), np.float32))


def test_wrong_actions_are_refused(environment: CabinetEnv) -> None:
    environment.reset(seed=0)
    with pytest.raises(ValueError, match=r"Expected actions of shape \(3, 11\), got \(3, 9\)"):
        environment.step(np.zeros((3, 9), np.float32))
    broken = actions(environment)
    broken[1, 4] = np.nan
    with pytest.raises(ValueError, match="for environment 1"):
        environment.step(broken)


def test_actions_beyond_the_bounds_are_clipped(environment: CabinetEnv) -> None:
    finals = []
    for scale in (1.0, 3.0):
        environment.reset(seed=0)
        finals.append(environment.step(np.full((3, 11), scale, np.float32))[0]["proprioception"])
    np.testing.assert_array_equal(finals[0], finals[1])


def test_wrong_masks_and_seeds_are_refused(environment: CabinetEnv) -> None:
    with pytest.raises(ValueError, match=r"`reset_mask` must have shape \(3,\), got \(2,\)"):
        environment.reset(options={"reset_mask": np.ones(2, bool)})
    with pytest.raises(ValueError, match="Expected 3 seeds, one each, got 2"):
        environment.reset(seed=[1, 2])


def test_a_sequence_seeds_every_environment_by_itself(environment: CabinetEnv) -> None:
    rows = environment.reset(seed=[7, 7, 8])[0]["proprioception"]
    np.testing.assert_array_equal(rows[0], rows[1])
    assert (rows[0] != rows[2]).any()


def test_success_stays_until_the_next_reset(blind: CabinetEnv) -> None:
    blind.reset(seed=0)
    qpos = blind._physics._qpos  # type: ignore[attr-defined]
    qpos[1, 11] = 0.12
    assert blind.step(np.zeros((4, 11), np.float32))[4]["success"].tolist() == [
        False,
        True,
        False,
        False,
    ]
    qpos[1, 11] = 0.0
    info = blind.step(np.zeros((4, 11), np.float32))[4]
    assert info["success"].tolist() == [False, True, False, False]
    assert info["opened"][1] < 0.09
    assert not blind.reset()[1]["success"].any()


def test_environments_without_cameras_have_no_views(blind: CabinetEnv) -> None:
    observation, _ = blind.reset(seed=0)
    assert observation["rgb"].shape == (4, 0, 3, 96, 96)
    assert blind.renderer == "none"
    with pytest.raises(ConfigurationError, match=r"cameras\.views: must name a camera"):
        blind.render()


def test_render_shows_the_first_camera_of_every_environment(environment: CabinetEnv) -> None:
    observation, _ = environment.reset(seed=0)
    frames = environment.render()
    assert len(frames) == 3
    np.testing.assert_array_equal(frames[1], observation["rgb"][1, 0].transpose(1, 2, 0))


def test_other_cabinets_take_the_place_of_those_there(config: EnvironmentConfig) -> None:
    many = replace(config, num_envs=2, cabinets=CabinetsConfig(count=4000))
    with closing(create_environment(many)) as envs, closing(create_environment(many)) as others:
        assert [name[-2:] for name in envs.cabinets] == ["00", "01"]
        first, _ = envs.reset(seed=0)
        envs.set_cabinets([3999, 1])
        with pytest.raises(gymnasium.error.ResetNeeded):
            envs.step(np.zeros((2, 11), np.float32))
        second, _ = envs.reset(seed=0)
        assert envs.cabinets == ("drawer-train-v1/3999", "drawer-train-v1/01")
        assert (first["rgb"][0] != second["rgb"][0]).mean() > 0.2
        np.testing.assert_array_equal(first["rgb"][1], second["rgb"][1])
        others.set_cabinets([3999, 1])
        np.testing.assert_array_equal(others.reset(seed=0)[0]["rgb"], second["rgb"])


def test_closed_environments_start_and_do_nothing_more(config: EnvironmentConfig) -> None:
    started: list[int] = []
    envs = create_environment(config, watch=lambda: started.append(1))
    envs.reset(seed=0)
    envs.close()
    started.clear()
    numbers = list(range(envs.num_envs))[::-1]
    actions = np.zeros(envs.action_space.shape or (), np.float32)
    for call in (lambda: envs.set_cabinets(numbers), envs.reset, lambda: envs.step(actions)):
        with pytest.raises(
            gymnasium.error.ClosedEnvironmentError, match="are closed: make new ones"
        ):
            call()
    assert not started
    envs.close()


def test_cabinets_that_the_configuration_does_not_have_are_refused(
    environment: CabinetEnv,
) -> None:
    with pytest.raises(ConfigurationError, match=r"cabinets.count: must be above number 3, got 3"):
        environment.set_cabinets([0, 3, 1])
    with pytest.raises(ValueError, match="Expected 3 cabinets, got 2"):
        environment.set_cabinets([0, 1])
    assert environment.reset(seed=0)[0]["rgb"].any()  # with the cabinets from before


def test_progress_only_grows_within_an_episode(blind: CabinetEnv) -> None:
    expert = create_expert(EnvironmentConfig())
    _, info = blind.reset(seed=0)
    start = info["closest"]
    assert not info["grasped"].any()
    for step in range(blind.episode_steps):
        away = -np.ones((4, 11), np.float32)
        act = expert.act(blind.privileged_state()) if step < 40 else away
        before, info = info, blind.step(act)[4]
        assert (info["closest"] <= before["closest"]).all()
        assert (info["grasped"] >= before["grasped"]).all()
    assert info["grasped"].all()
    assert info["closest"].max() < 0.02 < start.min()
    _, info = blind.reset(seed=0)
    np.testing.assert_array_equal(info["closest"], start)
