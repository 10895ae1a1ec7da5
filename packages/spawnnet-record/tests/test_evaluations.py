from pathlib import Path

import pytest

from spawnnet_record.evaluations import Evaluated, add_rates, comparable, label_of
from spawnnet_record.files import read_csv, write_csv
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord
from spawnnet_record.success_rate import success_rate

OWN = Evaluated("final", 7, seed=3)
SHORT = OWN._replace(changes="simulation.episode_steps=2")


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path)


def test_a_label_tells_ways_of_measuring_apart() -> None:
    others = (SHORT, SHORT._replace(changes="x=1"), OWN._replace(is_blind=True))
    labels = [each.label for each in (OWN, *others)]
    assert labels[0] == "final_seed_3"
    assert len(set(labels)) == 4


def test_rows_lead_to_the_folder_of_their_episodes(run: RunDirectory) -> None:
    students = (OWN, SHORT, OWN._replace(is_blind=True))
    for student in students:
        add_rates(run, student, {"train": success_rate(2, 5)})
    assert [label_of(row) for row in read_csv(run.evaluated)] == [each.label for each in students]


def test_other_ways_of_measuring_replace_nothing_and_are_not_compared(run: RunDirectory) -> None:
    add_rates(run, OWN, {"train": success_rate(2, 5), "new": success_rate(1, 4)})
    add_rates(run, SHORT, {"train": success_rate(0, 1)})
    add_rates(run, OWN, {"train": success_rate(3, 5)})
    shown = RunRecord(run).comparable_evaluations()
    assert [(row["split"], row["successes"]) for row in shown] == [("new", "1"), ("train", "3")]


def test_where_nothing_was_measured_as_the_run_says_the_last_way_counts(run: RunDirectory) -> None:
    add_rates(run, SHORT, {"train": success_rate(1, 5)})
    last = SHORT._replace(changes="simulation.episode_steps=9")
    add_rates(run, last, {"train": success_rate(4, 5)})
    (row,) = comparable(read_csv(run.evaluated))
    assert (row["changes"], row["successes"]) == ("simulation.episode_steps=9", "4")


def test_a_table_from_before_there_were_changes_is_the_run_s_own(run: RunDirectory) -> None:
    header = ("checkpoint", "period", "seed", "blind", "split", *success_rate(1, 2)._fields)
    write_csv(run.evaluated, header, [("final", 7, 3, 0, "new", 1, 2, 0.5, 0.1, 0.9)])
    add_rates(run, OWN, {"train": success_rate(2, 5)})
    rows = RunRecord(run).comparable_evaluations()
    assert [(row["split"], row["changes"]) for row in rows] == [("new", ""), ("train", "")]
