from pathlib import Path

import pytest

from spawnnet_jobs.slurm.progress import stops_without_progress, updates_kept
from spawnnet_record import RunDirectory
from spawnnet_record.files import write_json


@pytest.mark.parametrize(
    ("attempts", "updates", "stops"),
    [([], 0, 0), ([0], 0, 1), ([0, 0, 0], 0, 3), ([0, 0, 7], 7, 1), ([0, 7, 7], 9, 0)],
)
def test_stops_are_counted_from_the_last_progress_on(
    attempts: list[int], updates: int, stops: int
) -> None:
    assert stops_without_progress(attempts, updates) == stops


def test_what_a_run_has_kept_is_what_its_furthest_checkpoint_has_seen(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    assert updates_kept(run) == 0
    write_json(run.checkpoints / "epoch_001.json", {"updates": 9})
    write_json(run.checkpoints / "best.json", {"updates": 4})
    assert updates_kept(run) == 9
