import json
from pathlib import Path

import pytest

from spawnnet_data.common.json_file import write_json


def test_what_is_written_reads_the_same_in_a_folder_that_is_made_for_it(tmp_path: Path) -> None:
    file = tmp_path / "meta" / "info.json"
    write_json(file, {"fps": 12.5, "names": ["x", "é"], "none": None})
    assert json.loads(file.read_text("utf-8")) == {"fps": 12.5, "names": ["x", "é"], "none": None}
    assert [path.name for path in file.parent.iterdir()] == ["info.json"]


def test_a_value_that_is_no_json_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "info.json"
    write_json(file, {"fps": 10})
    with pytest.raises(TypeError):
        write_json(file, {"fps": 10j})
    assert json.loads(file.read_text("utf-8")) == {"fps": 10}
    assert [path.name for path in tmp_path.iterdir()] == ["info.json"]
