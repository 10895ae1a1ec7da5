import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from spawnnet_config import ConfigError
from spawnnet_jobs.chunks.chunk import Chunk
from spawnnet_jobs.chunks.files import Whole, digest, read_whole, restored, rows_of, write_part
from spawnnet_record import RecordError
from spawnnet_record.run_directory import RunDirectory

WHOLE = Whole(run="r", weights="w", settings="s")


def write(folder: Path, number: int, count: int, whole: Whole = WHOLE) -> Path:
    rows = [(place, [f"episode {place}", True]) for place in range(number - 1, 7, count)]
    return write_part(folder, Chunk(number, count), whole, {"checkpoint": "best"}, rows)


def test_parts_come_together_in_the_order_of_the_whole(tmp_path: Path) -> None:
    for number in (3, 1, 2):
        write(tmp_path, number, 3)
    parts = read_whole(tmp_path)
    assert [str(part.chunk) for part in parts] == ["1/3", "2/3", "3/3"]
    assert rows_of(parts) == [[f"episode {place}", True] for place in range(7)]
    assert parts[0].facts == {"checkpoint": "best"}


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    write(tmp_path, 2, 4)
    with pytest.raises(ConfigError, match=r"chunks: chunk 1/4, 3/4, 4/4 is missing"):
        read_whole(tmp_path)


def test_a_repeated_part_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, 1, 2)
    shutil.copy(file, file.with_name("copy.json"))
    write(tmp_path, 2, 2)
    with pytest.raises(ConfigError, match=r"copy.json: is chunk 1/2 once more, as 1_of_2.json"):
        read_whole(tmp_path)


@pytest.mark.parametrize(
    ("field", "what"),
    [("run", "run"), ("weights", "checkpoint"), ("settings", "settings of the evaluation")],
)
def test_parts_of_different_evaluations_are_named(tmp_path: Path, field: str, what: str) -> None:
    write(tmp_path, 1, 2)
    write(tmp_path, 2, 2, WHOLE._replace(**{field: "other"}))
    with pytest.raises(ConfigError, match=f"2_of_2.json: is of another {what} than 1_of_2.json"):
        read_whole(tmp_path)


def test_parts_of_different_divisions_are_named(tmp_path: Path) -> None:
    write(tmp_path, 1, 2)
    write(tmp_path, 2, 3)
    with pytest.raises(ConfigError, match=r"2_of_3.json: is one of 3 parts, 1_of_2.json one of 2"):
        read_whole(tmp_path)


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    write(tmp_path, 1, 2).write_text("{", "utf-8")
    with pytest.raises(RecordError, match=r"1_of_2.json: is damaged"):
        read_whole(tmp_path)


@pytest.mark.parametrize(
    "chunk", [{"number": 3, "count": 2}, {"number": "a", "count": 2}, {"count": 10**9}, None, [1]]
)
def test_a_part_of_nothing_is_damaged(tmp_path: Path, chunk: object) -> None:
    file = write(tmp_path, 1, 2)
    file.write_text(json.dumps({**json.loads(file.read_text()), "chunk": chunk}))
    with pytest.raises(RecordError, match=r"1_of_2.json: is damaged"):
        read_whole(tmp_path)


@pytest.mark.parametrize(
    ("place", "message"),
    [(0, "1_of_2.json: episode 0 is there more than once"), (9, "episode 5 is in none")],
)
def test_episodes_that_are_repeated_or_lacking_are_named(
    tmp_path: Path, place: int, message: str
) -> None:
    write(tmp_path, 1, 2)
    file = write(tmp_path, 2, 2)
    file.write_text(file.read_text().replace("      5,\n", f"      {place},\n"))
    with pytest.raises(ConfigError, match=message):
        read_whole(tmp_path)


class Student(NamedTuple):
    checkpoint: str

    @property
    def label(self) -> str:
        return self.checkpoint


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    run = RunDirectory(tmp_path)
    run.config.write_text("seed: 3", "utf-8")
    return run


def write_evaluation(run: RunDirectory, label: str) -> Path:
    write(run.evaluation / label, 1, 1, WHOLE._replace(run=digest(run.config)))
    return run.evaluation / label


def test_parts_are_of_the_student_whose_folder_they_are_in(run: RunDirectory) -> None:
    best, final = (read_whole(write_evaluation(run, label)) for label in ("best", "final"))
    student, episodes = restored(best, run, Student, lambda *row: row[0])
    assert student == Student("best")
    assert episodes == [f"episode {place}" for place in range(7)]
    with pytest.raises(ConfigError, match=r"1_of_1\.json: is of 'best', which has a folder of its"):
        restored(final, run, Student, lambda *row: row[0])


def test_parts_of_another_run_are_named(run: RunDirectory) -> None:
    parts = read_whole(write_evaluation(run, "best"))
    run.config.write_text("seed: 4", "utf-8")
    with pytest.raises(ConfigError, match=r"1_of_1\.json: is of another run than"):
        restored(parts, run, Student, lambda *row: row[0])


def test_values_of_another_kind_are_damaged(run: RunDirectory) -> None:
    parts = read_whole(write_evaluation(run, "best"))
    with pytest.raises(RecordError, match=r"1_of_1\.json: is damaged"):
        restored(parts, run, Student, lambda _: None)
