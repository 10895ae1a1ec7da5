import pytest

from spawnnet_sim import ConfigurationError, EnvironmentConfig, MujocoConfig, check_environment
from spawnnet_sim.physics.worker_split import split_envs


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
