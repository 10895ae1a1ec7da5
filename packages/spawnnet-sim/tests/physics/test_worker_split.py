from dataclasses import replace

import pytest

from spawnnet_sim import (
    ConfigurationError,
    EnvironmentConfig,
    MujocoConfig,
    check_environment,
    resolve_engine,
)
from spawnnet_sim.physics.worker_split import original_split, split_envs


def test_environments_are_divided_by_floor_and_the_last_worker_gets_the_remainder() -> None:
    assert [len(envs) for envs in split_envs(21, 4, None)] == [5, 5, 5, 6]
    assert split_envs(21, 2, None) == [range(10), range(10, 21)]


def test_an_explicit_split_is_taken_as_it_is() -> None:
    assert split_envs(5, 2, (1, 4)) == [range(1), range(1, 5)]


@pytest.mark.parametrize(
    ("workers", "split", "message"),
    [
        (9, None, "engine.workers: must be at most the number of environments, 8, got 9"),
        (2, (8,), "engine.worker_split: must have one entry per worker, got 1 for 2"),
        (2, (3, 4), r"must be positive and sum to the 8 environments, got \[3, 4\]"),
        (2, (0, 8), r"must be positive and sum to the 8 environments, got \[0, 8\]"),
    ],
)
def test_a_split_that_does_not_fit_is_refused(
    workers: int, split: tuple[int, ...] | None, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check_environment(
            EnvironmentConfig(engine=MujocoConfig(workers=workers, worker_split=split))
        )


def test_a_split_says_how_many_workers_there_are() -> None:
    config = EnvironmentConfig(engine=MujocoConfig(worker_split=(3, 4, 1)))
    check_environment(config)
    assert MujocoConfig(worker_split=(3, 4, 1)).worker_count == 3
    assert MujocoConfig(workers=2).worker_count == 2
    with pytest.raises(ConfigurationError, match=r"engine.worker_split: .* got \[3, 4\]"):
        check_environment(EnvironmentConfig(engine=MujocoConfig(worker_split=(3, 4))))


def test_the_original_s_variable_is_taken_with_a_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert original_split(0) is None
    monkeypatch.setenv("TRAIN_ASSET_SPLIT", "5, 8,8")
    assert original_split(0) == original_split(3) == (5, 8, 8)
    assert "TRAIN_ASSET_SPLIT=5, 8,8 is taken for `engine.worker_split`" in caplog.text


@pytest.mark.parametrize(("text", "workers"), [("5,8,8", 2), ("5,eight", 0), ("5,,8", 0)])
def test_a_wrong_variable_is_named(
    text: str, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAIN_ASSET_SPLIT", text)
    with pytest.raises(ConfigurationError, match=r"^worker_split: .*TRAIN_ASSET_SPLIT must have"):
        original_split(workers)


def test_a_setting_goes_before_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAIN_ASSET_SPLIT", "5,3")
    warp = MujocoConfig(renderer="warp")
    assert resolve_engine(warp) == replace(warp, worker_split=(5, 3))
    given = replace(warp, worker_split=(2, 6))
    assert resolve_engine(given) == given
