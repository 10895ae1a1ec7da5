import pytest

from gdict import GDictFileError
from gdict.files.budget import FREE_BYTES, Budget, check_stored


def test_parts_are_counted_together() -> None:
    budget = Budget(0)
    budget.take(FREE_BYTES - 5)
    budget.check(5)
    with pytest.raises(GDictFileError, match="It claims 6 bytes"):
        budget.take(6)
    budget.take(5)


def test_more_bytes_than_values_need_are_refused() -> None:
    check_stored(5_000, 200_000)
    check_stored(10**9, 2 * 10**9)
    with pytest.raises(GDictFileError, match="keeps 300000 bytes for 5000 bytes of values"):
        check_stored(5_000, 300_000)
