import os

import pytest

from spawnnet_data import num_workers


def test_what_a_user_wants_is_taken() -> None:
    assert num_workers(3, beside_gpu=False) == 3
    assert num_workers(0, beside_gpu=True) == 0


def test_the_cpu_that_computes_reads_itself() -> None:
    assert num_workers(None, beside_gpu=False) == 0


@pytest.mark.parametrize(("cores", "processes", "expected"), [(16, 1, 4), (3, 1, 2), (8, 4, 1)])
def test_idle_cores_read_beside_a_gpu(
    cores: int, processes: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert num_workers(None, beside_gpu=True, processes=processes) == expected
