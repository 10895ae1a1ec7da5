from pathlib import Path

import pytest
from toy_trainer import ToyTrainer

from spawnnet_config.validation import dump_yaml
from spawnnet_jobs.places import finished_run, identity, prepared_run, run_to_do
from spawnnet_record import RunDirectory
from spawnnet_record.files import write_json


def test_equal_settings_have_one_name_and_others_another(program: ToyTrainer) -> None:
    settings = program.complete({"seed": 1})
    assert identity(settings) == identity(program.complete({"seed": 1, "train": {"lr": 0.1}}))
    assert identity(settings) != identity(program.complete({"seed": 2}))


def test_the_last_finished_run_is_found(tmp_path: Path, program: ToyTrainer) -> None:
    assert finished_run(tmp_path) is None
    text = dump_yaml(program.complete({}))
    runs = [RunDirectory.create(tmp_path, "toy", text, versions={}) for _ in range(3)]
    for value, run in enumerate(runs[:2]):
        write_json(run.result, {"value": value})
    found = finished_run(tmp_path)
    assert found is not None
    assert found.saved_result() == {"value": 1}


def test_the_last_run_with_a_state_is_gone_on_with_or_else_one_is_prepared(
    tmp_path: Path, program: ToyTrainer
) -> None:
    settings = program.complete({"output": str(tmp_path / "elsewhere")})
    first, second = (run_to_do(settings, tmp_path / "place") for _ in range(2))
    assert first.path != second.path
    assert first.path.is_relative_to(tmp_path / "place")
    for run in (first, second):
        run.training_state.write_text("1")
    prepared_run({**settings, "output": str(tmp_path / "place")})
    assert run_to_do(settings, tmp_path / "place").path == second.path


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_settings_counts(order: int) -> None:
    # Complete settings have one order; another one is another program's.
    settings = dict([("a", 1), ("b", 2)][::order])
    assert (identity(settings) == identity({"a": 1, "b": 2})) == (order == 1)
