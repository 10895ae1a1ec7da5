from typing import Any

from spawnnet_train.runs.saved_run import open_saved_run
from spawnnet_train.use.latency import measure_latency


def test_latency_names_every_part(finished: Any) -> None:
    parts = measure_latency(open_saved_run(finished.run.path), steps=5, warmup=1)
    assert len({part.part for part in parts}) == 5
    assert all(0 < part.median <= part.p99 for part in parts)
