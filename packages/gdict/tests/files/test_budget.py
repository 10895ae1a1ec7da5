import pytest

from gdict import GDictFileError
from gdict.files.budget import FREE_BYTES, Budget


def test_parts_are_counted_together() -> None:
    budget = Budget(0)
    budget.take(FREE_BYTES - 5)
    budget.check(5)
    with pytest.raises(GDictFileError, match="It claims 6 bytes"):
        budget.take(6)
    budget.take(5)
