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


BOXES = "import sys, numpy; numpy.save(sys.argv[1], numpy.ones((2, 12, 3, 3)))"
BUSY = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]), int(sys.argv[2]) + 5))
while True:
    pass
"""


def run(program: str, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    monkeypatch.setattr(coacd, "_PROGRAM", program)
    return decompose(TRIANGLES, "asset '7_link_1', `a.obj`")


@pytest.mark.parametrize(
    ("program", "reason"),
    [("import os; os.abort()", "SIGABRT"), (BUSY, "more than 1 s of the processor")],
    ids=["crash", "too long"],
)
def test_a_piece_on_which_coacd_fails_is_named_and_not_tried_again(
    program: str, reason: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(coacd, "CPU_LIMIT", 1)
    with caplog.at_level(logging.WARNING):
        assert run(program, monkeypatch).shape == (0, 12, 3, 3)
    (record,) = caplog.records
    assert record.message == (
        f"CoACD failed ({reason}): one box stands for a piece of 5 triangles of asset '7_link_1',"
        " `a.obj`."
    )
    monkeypatch.setattr(subprocess, "run", None)
    assert run(program, monkeypatch).shape == (0, 12, 3, 3)
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "program",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import sys; sys.exit('MemoryError: so it says')",
        "import time; time.sleep(60)",
    ],
)
def test_what_need_not_happen_again_is_tried_again(
    program: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, cache: Path
) -> None:
    monkeypatch.setattr(coacd, "TIME_LIMIT", 1.0)
    with caplog.at_level(logging.WARNING):
        assert run(program, monkeypatch).shape == (0, 12, 3, 3)
    assert "'7_link_1'" in caplog.text
    assert "until the next load" in caplog.text
    assert not list(cache.iterdir())
    monkeypatch.setattr(coacd, "TIME_LIMIT", 600.0)
    assert run(BOXES, monkeypatch).shape == (2, 12, 3, 3)


def test_the_limit_is_of_the_processor_s_time() -> None:
    assert "RLIMIT_CPU, (int(sys.argv[2])" in coacd._PROGRAM


def test_boxes_are_taken_from_disk_the_second_time(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(BOXES, monkeypatch)
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(subprocess, "run", None)
    np.testing.assert_array_equal(run(BOXES, monkeypatch), first)
    assert first.shape == (2, 12, 3, 3)


@pytest.mark.parametrize("content", [b"", b"half of", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_of_the_cache_is_written_anew(
    content: bytes, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(BOXES, monkeypatch)
    (file,) = cache.iterdir()
    file.write_bytes(content)
    np.testing.assert_array_equal(run(BOXES, monkeypatch), first)
