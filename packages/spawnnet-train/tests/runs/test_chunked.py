"""An evaluation divided among processes is that of one, bit for bit."""

import csv
import json
import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from spawnnet_config import ConfigError
from spawnnet_jobs.chunks.chunk import Chunk
from spawnnet_jobs.terminal.console import Console
from spawnnet_train.runs.chunked import evaluate_chunk, merge_chunks

SETTINGS = ["evaluation.splits=[train,held_out]", "simulation.held_out={count: 3}"]
PER_CABINET = 2


@pytest.fixture(scope="module")
def run(dagger: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = shutil.copytree(dagger.run.path, tmp_path_factory.mktemp("chunked") / "run")
    return path


def evaluate(run: Path, chunk: str, console: Console, **options: Any) -> Path:
    options = {"per_cabinet": PER_CABINET, "overrides": SETTINGS, **options}
    (file,) = evaluate_chunk(run, Chunk.parse(chunk), console, checkpoint="final", **options)
    return file


def merged(run: Path, count: int, console: Console) -> Iterator[str]:
    """Yield the results of an evaluation in chunks, which are not kept."""
    files = [evaluate(run, f"{index + 1}/{count}", console) for index in range(count)]
    (folder,) = merge_chunks(run, console)
    yield from ((folder / name).read_text("utf-8") for name in ("episodes.csv", "summary.csv"))
    for file in files:
        file.unlink()


def test_any_number_of_chunks_gives_the_same_episodes(run: Path, quiet: Console) -> None:
    whole = list(merged(run, 1, quiet))
    assert list(merged(run, 2, quiet)) == whole
    assert list(merged(run, 3, quiet)) == whole
    rows = list(csv.DictReader(whole[0].splitlines()))
    counted = {
        split: {cabinet: len(list(same)) for cabinet, same in groupby(of_split, cabinet_of)}
        for split, of_split in groupby(rows, key=lambda row: row["split"])
    }
    assert [list(each.values()) for each in counted.values()] == [[2, 2], [2, 2, 2]]
    assert len({(row["cabinet"], row["seed"], row["env"]) for row in rows}) == len(rows)


def cabinet_of(row: dict[str, str]) -> str:
    return row["cabinet"]


def test_episodes_of_a_cabinet_do_not_depend_on_how_many_there_are(
    run: Path, quiet: Console
) -> None:
    few = json.loads(evaluate(run, "1/5", quiet, per_cabinet=1).read_text("utf-8"))["episodes"]
    file = evaluate(run, "1/5", quiet, per_cabinet=2)
    many = json.loads(file.read_text("utf-8"))["episodes"]
    assert [row[1:5] for row in few] == [row[1:5] for row in many][: len(few)]
    shutil.rmtree(file.parent)


def test_without_a_number_the_episodes_of_the_configuration_are_dealt_out(
    run: Path, quiet: Console
) -> None:
    changes = ["evaluation={episodes: 3, new_episodes: 0, held_out_episodes: 1}"]
    file = evaluate(run, "1/1", quiet, per_cabinet=None, overrides=changes)
    rows = json.loads(file.read_text("utf-8"))["episodes"]
    assert [(row[0], row[1]) for row in rows] == [
        (0, "train"),
        (1, "train"),
        (2, "train"),
        (3, "held_out"),
    ]
    assert rows[0][2] == rows[1][2] != rows[2][2]
    shutil.rmtree(file.parent)


def test_chunks_that_are_no_whole_are_named(run: Path, quiet: Console, tmp_path: Path) -> None:
    first = evaluate(run, "1/2", quiet)
    with pytest.raises(ConfigError, match="chunk 2/2 is missing"):
        merge_chunks(run, quiet)
    other = evaluate(run, "2/2", quiet, is_blind=False, overrides=[*SETTINGS, "evaluation.seed=0"])
    content = json.loads(other.read_text("utf-8"))
    content["whole"]["run"] = "another"
    other.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ConfigError, match=r"2_of_2.json: is of another run than 1_of_2.json"):
        merge_chunks(run, quiet)
    shutil.rmtree(first.parent)
    with pytest.raises(ConfigError, match="holds no chunk"):
        merge_chunks(run, quiet)
