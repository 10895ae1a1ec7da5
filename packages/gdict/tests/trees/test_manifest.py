import json

import numpy as np
import pytest

from gdict import GDictFileError, GDictTypeError
from gdict.trees import manifest


def test_json_describes_all_but_the_arrays() -> None:
    data = {"a": [np.arange(3), {"b": np.float32(2)}], 4: ("x", None), "e": {}}
    found: list[np.ndarray] = []
    again = manifest.decode(json.loads(json.dumps(manifest.encode(data, found))), found)
    assert again["a"][0] is data["a"][0]  # type: ignore[index]
    assert isinstance(again["a"][1]["b"], np.float32)
    assert again[4] == ("x", None)
    assert again["e"] == {}


@pytest.mark.parametrize("node", [{}, {"array": 3}, {"set": []}, {"dict": [1]}, [], {"list": 1}])
def test_damaged_descriptions_are_refused(node: object) -> None:
    with pytest.raises(GDictFileError, match="damaged"):
        manifest.decode(node, [])  # type: ignore[arg-type]


def test_what_is_neither_array_nor_json_is_refused_with_its_path() -> None:
    with pytest.raises(GDictTypeError, match=r"a/0: .*complex"):
        manifest.encode({"a": [1j]}, [])
