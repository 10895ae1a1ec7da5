import json
from pathlib import Path

import pytest

from spawnnet_record.errors import RecordError
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import find_runs


def test_a_run_begins_with_its_configuration_and_versions(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, "drawer", "seed: 1\n", {"python": "3.11"})
    assert run.path.parent == tmp_path / "drawer"
    assert run.config.read_text() == "seed: 1\n"
    assert json.loads(run.versions.read_text()) == {"python": "3.11"}


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path) -> None:
    runs = {RunDirectory.create(tmp_path, "drawer", "", {}).path for _ in range(3)}
    assert len(runs) == 3


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError) as error:
        RunDirectory.open(tmp_path)
    assert str(error.value) == f"{tmp_path}: no run directory, it has no config.yaml."


def test_latest_leads_to_the_run_that_began_last(tmp_path: Path) -> None:
    link = tmp_path / "drawer" / "latest"
    for _ in range(2):
        run = RunDirectory.create(tmp_path, "drawer", "", {})
        assert link.resolve() == run.path.resolve()
        assert not link.readlink().is_absolute()
    assert [record.directory.path for record in find_runs(tmp_path)] == sorted(
        path for path in (tmp_path / "drawer").iterdir() if not path.is_symlink()
    )


def test_a_folder_called_latest_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "drawer" / "latest").mkdir(parents=True)
    assert RunDirectory.create(tmp_path, "drawer", "", {}).config.is_file()
