from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.study.plan import cells_of, read_plans

Write = Callable[[Path, Mapping[str, Any]], Path]
SEEDS = {"1": {"seed": 1}, "2": {"seed": 2}}


@pytest.fixture
def write_plan(dagger: Any, tmp_path: Path, write_config: Write) -> Callable[..., Path]:
    write_config(tmp_path / "base.yaml", {"extends": str(dagger.file), "output": str(tmp_path)})

    def write(name: str = "plan", **plan: Any) -> Path:
        return write_config(
            tmp_path / f"{name}.yaml", {"title": "A plan", "base": "base.yaml", **plan}
        ).parent

    return write


def test_the_first_axis_varies_slowest(write_plan: Callable[..., Path]) -> None:
    sizes = {"small": {}, "large": {"policy": {"layers": [32]}}}
    folder = write_plan(axes={"seed": SEEDS, "size": sizes})
    (plan,) = read_plans(folder).values()
    cells = cells_of(folder, plan)
    assert [cell.name for cell in cells] == ["1, small", "1, large", "2, small", "2, large"]
    assert [cell.config.seed for cell in cells] == [1, 1, 2, 2]
    assert len({cell.place for cell in cells}) == 4


def test_a_section_of_another_name_replaces_the_bases(write_plan: Callable[..., Path]) -> None:
    methods = {"same": {"encoder": {"width": 16}}, "other": {"encoder": {"name": "impala"}}}
    folder = write_plan(axes={"method": methods})
    (plan,) = read_plans(folder).values()
    same, other = (cell.config.encoder for cell in cells_of(folder, plan))
    assert (same.name, same.width, same.backbone.model) == ("spawnnet", 16, "test_vit")
    assert other.name == "impala"


def test_equal_cells_of_two_plans_are_one(write_plan: Callable[..., Path]) -> None:
    write_plan("first", axes={"seed": SEEDS})
    folder = write_plan("second", axes={"threads": {"one": {}}, "seed": {"two": {"seed": 2}}})
    plans = read_plans(folder)
    assert list(plans) == ["first", "second"]
    first, second = (cells_of(folder, plan) for plan in plans.values())
    assert second[0].place == first[1].place


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        ({"axes": {}, "titel": "x"}, "plan.yaml: titel: unknown key, did you mean 'title'?"),
        ({"axes": {"seed": 3}}, "plan.yaml: axes.seed: "),
        ({"axes": {"seed": {"1": {"sed": 1}}}}, "A plan, 1: sed: unknown key"),
    ],
)
def test_a_plan_that_cannot_run_is_one_sentence(
    write_plan: Callable[..., Path], plan: dict[str, Any], problem: str
) -> None:
    folder = write_plan(**plan)
    with pytest.raises(ConfigError) as error:
        _ = [cells_of(folder, found) for found in read_plans(folder).values()]
    assert problem in str(error.value)


def test_a_folder_without_plans_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no plan, a YAML file with `base` and `axes`"):
        read_plans(tmp_path)
