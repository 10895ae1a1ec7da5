from pathlib import Path

import pytest

from spawnnet_record import cost
from spawnnet_record.cost import CostLog, peak_memory, read_cost
from spawnnet_record.errors import RecordError


def test_parts_add_up_over_all_that_worked_on_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(cost.time, "monotonic", lambda: now[0])
    for seconds in (2.0, 3.0):  # two processes, one after the other
        log = CostLog(tmp_path / "cost.json")
        for name in ("updates", "evaluation", "updates"):
            with log.part(name):
                now[0] += seconds
    found = read_cost(tmp_path / "cost.json")
    assert found["seconds"] == {"updates": 10.0, "evaluation": 5.0}
    assert 0 < found["memory"] <= peak_memory()


def test_a_part_that_fails_counts_too(tmp_path: Path) -> None:
    log = CostLog(tmp_path / "cost.json")
    with pytest.raises(KeyboardInterrupt), log.part("updates"):
        raise KeyboardInterrupt
    assert "updates" in read_cost(tmp_path / "cost.json")["seconds"]


def test_nothing_is_known_of_a_run_from_before(tmp_path: Path) -> None:
    assert read_cost(tmp_path / "cost.json") == {"seconds": {}, "memory": 0}
    (tmp_path / "cost.json").write_text('{"seconds": 7}')
    with pytest.raises(RecordError, match=r"cost\.json: is damaged"):
        read_cost(tmp_path / "cost.json")
