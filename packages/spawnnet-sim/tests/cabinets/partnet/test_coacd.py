import logging
import subprocess
from pathlib import Path

import numpy as np
import pytest

from spawnnet_sim.cabinets.partnet import coacd
from spawnnet_sim.cabinets.partnet.coacd import cache_folder, decompose

TRIANGLES = np.random.default_rng(0).uniform(-0.1, 0.1, (5, 3, 3))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "spawnnet-sim" / "boxes"


def test_boxes_are_kept_where_the_user_keeps_caches(cache: Path) -> None:
    assert cache_folder() == cache


@pytest.mark.parametrize("program", ["import os; os.abort()", "import time; time.sleep(60)"])
def test_a_crash_or_a_hang_of_coacd_is_logged_and_tried_again(
    program: str, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(coacd, "_PROGRAM", program)
    monkeypatch.setattr(coacd, "TIME_LIMIT", 1.0)
    with caplog.at_level(logging.WARNING):
        assert decompose(TRIANGLES).shape == (0, 12, 3, 3)
    assert "one box stands for a piece of 5 triangles" in caplog.text
    assert not list(cache.iterdir())  # a failure is not kept
    with caplog.at_level(logging.WARNING):
        decompose(TRIANGLES)
    assert len(caplog.records) == 2


def test_boxes_are_taken_from_disk_the_second_time(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "import sys, numpy; numpy.save(sys.argv[1], numpy.ones((2, 12, 3, 3)))"
    monkeypatch.setattr(coacd, "_PROGRAM", program)
    first = decompose(TRIANGLES)
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(subprocess, "run", None)
    np.testing.assert_array_equal(decompose(TRIANGLES), first)
    assert first.shape == (2, 12, 3, 3)
