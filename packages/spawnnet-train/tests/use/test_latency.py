from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.runs.saved_run import open_saved_run
from spawnnet_train.use.latency import measure_latency


def test_latency_names_every_part(cloned_run: RunDirectory) -> None:
    parts = measure_latency(open_saved_run(cloned_run.path), steps=5, warmup=1)
    assert len({part.part for part in parts}) == 5
    assert all(0 < part.median <= part.p99 for part in parts)
