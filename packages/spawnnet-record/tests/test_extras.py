import sys

import pytest

from spawnnet_record.errors import RecordError
from spawnnet_record.figures import new_figure


def test_a_missing_library_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "matplotlib.figure", raising=False)
    with pytest.raises(RecordError) as error:
        new_figure(3, 2)
    assert error.value.field == "plots"
    assert str(error.value) == (
        "plots: matplotlib is not installed, pip install 'spawnnet-record[plots]'."
    )
