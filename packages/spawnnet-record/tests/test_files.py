import functools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spawnnet_record.errors import RecordError
from spawnnet_record.files import (
    merge_csv,
    read_csv,
    read_json,
    write_bytes,
    write_csv,
    write_json,
    write_text,
)


def test_an_interrupted_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a" / "summary.csv"
    write_text(file, "old")

    def interrupt(self: Path, content: bytes) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_bytes(file, b"new")
    assert file.read_text() == "old"
    assert list(file.parent.iterdir()) == [file]


def test_what_cannot_be_written_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "summary.csv"
    folder.mkdir()
    with pytest.raises(OSError, match=r"summary\.csv'$") as error:
        write_bytes(folder, b"new")
    assert error.value.filename == str(folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_of_several_writers_at_once_each_writes_whole_files(tmp_path: Path) -> None:
    file = tmp_path / "summary.csv"
    contents = [bytes([letter]) * 100_000 for letter in b"abcd"]
    with ThreadPoolExecutor(len(contents)) as writers:
        for _ in range(50):
            list(writers.map(write_bytes, [file] * len(contents), contents))
            assert file.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [file]


def test_json_and_tables_read_back_equal(tmp_path: Path) -> None:
    value = {"lr": 1e-4, "names": ["x (m)", "é"], "none": None}
    write_json(tmp_path / "deep" / "a.json", value)
    assert json.loads((tmp_path / "deep" / "a.json").read_text("utf-8")) == value
    write_csv(tmp_path / "a.csv", ("name", "rate"), [("one, two", 0.5), ("é", 1)])
    assert (tmp_path / "a.csv").read_text("utf-8") == 'name,rate\n"one, two",0.5\né,1\n'


def test_rows_take_the_place_of_those_with_their_key(tmp_path: Path) -> None:
    table = tmp_path / "eval" / "checkpoints.csv"
    header, key = ("name", "seed", "rate"), ("name", "seed")
    merge_csv(table, header, key, [{"name": "a", "seed": "1", "rate": "0.5"}])
    merge_csv(table, header, key, [{"name": "b", "seed": "1", "rate": "0.6"}])
    rows = merge_csv(table, header, key, [{"name": "a", "seed": "1", "rate": "0.7"}])
    assert [(row["name"], row["rate"]) for row in rows] == [("b", "0.6"), ("a", "0.7")]
    assert read_csv(table) == rows


def test_of_several_writers_at_once_no_row_is_lost(tmp_path: Path) -> None:
    table, names = tmp_path / "checkpoints.csv", [f"{number}" for number in range(100)]
    with ThreadPoolExecutor(8) as writers:
        add = functools.partial(merge_csv, table, ("name",), ("name",))
        list(writers.map(lambda name: add([{"name": name}]), names))
    assert sorted(row["name"] for row in read_csv(table)) == sorted(names)


def test_a_json_file_that_is_missing_holds_nothing_and_a_damaged_one_is_named(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.json"
    assert read_json(file) == {}
    write_json(file, {"a": 1})
    assert read_json(file) == {"a": 1}
    file.write_text('{"a": ')
    with pytest.raises(RecordError, match=r"a\.json: is damaged"):
        read_json(file)
