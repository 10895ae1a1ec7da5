from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spawnnet_data.sources.lerobot_table import Table, open_parquet, to_numpy

EPISODES = [3, 3, 3, 3, 7, 7, 4, 4, 4]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    values = pa.array(np.arange(18.0))
    columns = {
        "episode_index": EPISODES,
        "action": pa.FixedSizeListArray.from_arrays(values, 2),
    }
    # Row groups that do not fall on the ends of episodes.
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", row_group_size=3)
    return Table(tmp_path / "a.parquet")


def test_rows_of_episodes_are_found_by_their_number(table: Table) -> None:
    assert [table.rows(number) for number in (3, 7, 4, 5)] == [(0, 4), (4, 6), (6, 9), None]
    assert table.columns() == ["episode_index", "action"]


@pytest.mark.parametrize(("start", "stop"), [(0, 9), (4, 6), (2, 4), (8, 9), (3, 6)])
def test_rows_are_right_wherever_row_groups_end(table: Table, start: int, stop: int) -> None:
    found = to_numpy(table.read("action", start, stop), (2,))
    np.testing.assert_array_equal(found, np.arange(18.0).reshape(9, 2)[start:stop])


def test_nested_lists_become_arrays_of_their_shape() -> None:
    values = np.arange(24).reshape(2, 3, 4)
    found = to_numpy(pa.array(values.tolist()), (3, 4))
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("column", [[[1.0, 2.0], [3.0, None]], [[1.0, 2.0], [3.0]]])
def test_missing_values_and_other_lengths_are_refused(column: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"missing|reshape"):
        to_numpy(pa.array(column), (2,))


def test_one_long_text_for_all_rows_is_not_multiplied(tmp_path: Path) -> None:
    indices = pa.array(np.zeros(3000, np.int32))
    column = pa.DictionaryArray.from_arrays(indices, ["x" * 10**6])
    columns = {"episode_index": np.zeros(3000, int), "task": column}
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), path, store_schema=False)
    assert path.stat().st_size < 200_000
    table = Table(path)
    with pytest.raises(ValueError, match="but the file holds"):
        table.read("task", 0, 2)


def test_lists_that_are_longer_than_the_file_are_refused(tmp_path: Path) -> None:
    values = pa.array(np.zeros(9_000_000))
    column = pa.FixedSizeListArray.from_arrays(values, 9_000_000)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"episode_index": [0], "action": column}), path)
    with pytest.raises(ValueError, match=r"declares 72,000,008 bytes of values, but the file"):
        open_parquet(path)
