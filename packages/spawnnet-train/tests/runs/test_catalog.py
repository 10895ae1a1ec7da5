"""Whatever a configuration can name is listed."""

from pathlib import Path

import pytest

from spawnnet_policies import list_policies
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.catalog import KINDS, catalog


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_names(kind: str) -> None:
    names = [name for name, _ in catalog(kind)]
    assert names
    assert names == sorted(set(names))


def test_heads_are_those_of_the_package_with_a_line_each() -> None:
    heads = dict(catalog("heads"))
    assert set(heads) == set(list_policies())
    assert all(heads.values())


def test_plug_ins_are_read_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_catalogued_task.py").write_text(
        "from spawnnet_sim import register_cabinets, CabinetSource\n"
        "register_cabinets('catalogued', CabinetSource(load=lambda numbers, folder: ()))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert "catalogued" in dict(catalog("cabinets", ["a_catalogued_task"]))


def test_a_missing_plug_in_is_named() -> None:
    with pytest.raises(ConfigError, match="no_such_module_at_all"):
        catalog("tasks", ["no_such_module_at_all"])
