import csv
from pathlib import Path

import pytest

from spawnnet_record.evaluations import Evaluated
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord
from spawnnet_record.success_rate import success_rate
from spawnnet_train.rollouts.evaluated import record_evaluation
from spawnnet_train.rollouts.evaluation import Episode


def episodes(split: str, successes: int, total: int = 6) -> list[Episode]:
    return [
        Episode(split, f"{split}-0", i, 9, i < successes, True, 0.03, 0.1) for i in range(total)
    ]


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path)


def counts(run: RunDirectory) -> list[tuple[str, str, str]]:
    rows = RunRecord(run).evaluations()
    return [(row["checkpoint"], row["split"], row["successes"]) for row in rows]


def test_every_split_of_every_checkpoint_has_a_row_and_its_episodes(run: RunDirectory) -> None:
    first = [*episodes("train", 5), *episodes("held_out", 2, total=4)]
    folder = record_evaluation(run, Evaluated("round_000", 0, seed=3), first)
    record_evaluation(run, Evaluated("round_005", 5, seed=3), episodes("train", 6))
    assert counts(run) == [
        ("round_000", "train", "5"),
        ("round_000", "held_out", "2"),
        ("round_005", "train", "6"),
    ]
    row = RunRecord(run).evaluations()[1]
    rate = success_rate(2, 4)
    assert (row["period"], row["seed"], row["episodes"]) == ("0", "3", "4")
    numbers = [float(row[name]) for name in ("rate", "low", "high")]
    assert numbers == pytest.approx([rate.rate, rate.low, rate.high], abs=1e-4)
    assert folder == run.evaluation / "round_000_seed_3"
    with (folder / "episodes.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 10
    assert run.success.is_file()


def test_measured_again_a_student_has_new_rows_and_others_keep_theirs(run: RunDirectory) -> None:
    for blind in (False, True):
        student = Evaluated("best", 4, seed=0, is_blind=blind)
        record_evaluation(run, student, [*episodes("train", 5), *episodes("held_out", 4)])
    record_evaluation(run, Evaluated("best", 4, seed=0), episodes("train", 3))
    assert counts(run) == [
        ("best", "held_out", "4"),
        ("best", "train", "5"),
        ("best", "held_out", "4"),
        ("best", "train", "3"),
    ]
    assert [row["blind"] for row in RunRecord(run).evaluations()] == ["0", "1", "1", "0"]


def test_without_episodes_there_is_nothing_to_write_down(run: RunDirectory) -> None:
    record_evaluation(run, Evaluated("final", 1, seed=0), [])
    assert counts(run) == []
