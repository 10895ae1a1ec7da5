import os

import pytest

from spawnnet_jobs.together import ranks
from spawnnet_jobs.together.ranks import Share

STARTED = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**STARTED, "MASTER_ADDR": "here"}.items():
        monkeypatch.setenv(name, value)


def test_a_process_that_nobody_started_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*STARTED, "MASTER_ADDR"):
        monkeypatch.delenv(name, raising=False)
    assert (ranks.rank(), ranks.size()) == (0, 1) == (ranks.local_rank(), ranks.local_size())
    assert ranks.is_first()


def test_half_of_the_environment_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "8")
    assert ranks.size() == 1
    assert "RANK" in os.environ or ranks.rank() == 0


@pytest.mark.usefixtures("started")
def test_ranks_are_those_of_the_environment() -> None:
    assert (ranks.rank(), ranks.size()) == (3, 4)
    assert (ranks.local_rank(), ranks.local_size()) == (1, 2)
    assert not ranks.is_first()


@pytest.mark.parametrize("total", [4, 7, 10])
def test_shares_are_a_row_between_them(monkeypatch: pytest.MonkeyPatch, total: int) -> None:
    monkeypatch.setenv("MASTER_ADDR", "here")
    monkeypatch.setenv("WORLD_SIZE", "4")
    pieces, sizes = [], []
    for rank in range(4):
        monkeypatch.setenv("RANK", str(rank))
        share = Share.of_this_process(total)
        pieces += list(range(total))[share.slice]
        sizes.append(share.size)
        assert not share.is_whole
    assert pieces == list(range(total))
    assert max(sizes) - min(sizes) <= 1


def test_environments_of_a_share_are_seeded_as_in_the_row() -> None:
    assert Share.whole(3).seeds(9) == 9
    assert Share(1, 2, 3).seeds(9) == [[9, 1], [9, 2]]
