from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from toy_trainer import ToyTrainer

from spawnnet_config import ConfigError
from spawnnet_jobs.studies.plan import cells_of, read_plans

Write = Callable[[Path, Mapping[str, Any]], Path]
SEEDS = {"1": {"seed": 1}, "2": {"seed": 2}}


@pytest.fixture
def write_plan(tmp_path: Path, write_config: Write) -> Callable[..., Path]:
    write_config(tmp_path / "base.yaml", {"output": str(tmp_path)})

    def write(name: str = "plan", **plan: Any) -> Path:
        return write_config(
            tmp_path / f"{name}.yaml", {"title": "A plan", "base": "base.yaml", **plan}
        ).parent

    return write


def test_the_first_axis_varies_slowest(
    program: ToyTrainer, write_plan: Callable[..., Path]
) -> None:
    sizes = {"small": {}, "large": {"train": {"updates": 9}}}
    folder = write_plan(axes={"seed": SEEDS, "size": sizes})
    (plan,) = read_plans(program, folder).values()
    cells = cells_of(program, folder, plan)
    assert [cell.name for cell in cells] == ["1, small", "1, large", "2, small", "2, large"]
    assert [cell.settings["seed"] for cell in cells] == [1, 1, 2, 2]
    assert len({cell.place for cell in cells}) == 4


def test_equal_cells_of_two_plans_are_one(
    program: ToyTrainer, write_plan: Callable[..., Path]
) -> None:
    write_plan("first", axes={"seed": SEEDS})
    folder = write_plan("second", axes={"kind": {"one": {}}, "seed": {"two": {"seed": 2}}})
    plans = read_plans(program, folder)
    assert list(plans) == ["first", "second"]
    first, second = (cells_of(program, folder, plan) for plan in plans.values())
    assert second[0].place == first[1].place


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        ({"axes": {}, "titel": "x"}, "plan.yaml: titel: unknown key, did you mean 'title'?"),
        ({"axes": {}}, "plan.yaml: axes: "),
        ({"axes": {"seed": {}}}, "plan.yaml: axes.seed: "),
        ({"axes": {"seed": 3}}, "plan.yaml: axes.seed: "),
        ({"axes": {"seed": {"1": {"sed": 1}}}}, "A plan, 1: sed: unknown key"),
    ],
)
def test_a_plan_that_cannot_run_is_one_sentence(
    program: ToyTrainer, write_plan: Callable[..., Path], plan: dict[str, Any], problem: str
) -> None:
    folder = write_plan(**plan)
    with pytest.raises(ConfigError) as error:
        _ = [cells_of(program, folder, found) for found in read_plans(program, folder).values()]
    assert problem in str(error.value)


def test_a_folder_without_plans_is_one_sentence(program: ToyTrainer, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no plan, a YAML file with `base` and `axes`"):
        read_plans(program, tmp_path)
