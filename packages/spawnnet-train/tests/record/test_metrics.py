import json
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from spawnnet_train.record.metrics import MetricsLog


def test_rows_are_readable_at_once_and_in_tensorboard(tmp_path: Path) -> None:
    jsonl = tmp_path / "metrics.jsonl"
    with MetricsLog(jsonl, tmp_path / "tensorboard") as log:
        log.log(50, {"train/loss": 0.5})
        log.log(100, {"train/loss": 0.25, "train/lr": 1e-4})
        rows = [json.loads(line) for line in jsonl.read_text().splitlines()]
    assert [row["update"] for row in rows] == [50, 100]
    assert rows[1]["train/lr"] == 1e-4
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    scalars = [(event.step, event.value) for event in events.Scalars("train/loss")]
    assert scalars == [(50, pytest.approx(0.5)), (100, pytest.approx(0.25))]
