import pytest

from spawnnet_config import ConfigError
from spawnnet_jobs.chunks.chunk import Chunk


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_every_item_is_in_one_chunk(count: int) -> None:
    items = list("abcdefg")
    parts = [Chunk(number, count).of(items) for number in range(1, count + 1)]
    assert sorted(item for part in parts for item in part) == items
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_chunk_is_written_as_a_fraction() -> None:
    assert Chunk.parse("2/4") == Chunk(2, 4)
    assert str(Chunk(2, 4)) == "2/4"


@pytest.mark.parametrize("text", ["5/4", "0/4", "4", "1/0", "-1/4", "1/4/2", "a/b", ""])
def test_what_is_no_part_of_a_whole_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=f"^--chunk {text}: expected a part"):
        Chunk.parse(text)
