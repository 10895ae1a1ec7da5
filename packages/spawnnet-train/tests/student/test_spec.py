from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spawnnet_data import FieldStatistics
from spawnnet_record import RecordError
from spawnnet_train.student.spec import StudentSpec, default_action_names, spec_of_environment


@pytest.fixture
def spec(make_environment: Callable[..., Any]) -> StudentSpec:
    return spec_of_environment(make_environment(), ("front", "wrist"))


def test_an_environment_tells_sizes_and_bounds(spec: StudentSpec) -> None:
    assert (spec.views, spec.depth_views) == (("front", "wrist"), ("front", "wrist"))
    assert (spec.image_size, spec.proprioception_dim, spec.action_dim) == ((32, 48), 3, 4)
    assert spec.action_bounds == ((-1.0,) * 4, (1.0,) * 4)
    assert spec.action_names == ("x", "y", "nothing", "nothing either")
    assert spec.rate == pytest.approx(10)
    assert spec.has_depth
    assert spec.proprioception is spec.actions is None


def test_a_spec_reads_back_equal(spec: StudentSpec, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(7, 3))
    known = replace(spec, proprioception=FieldStatistics.of(values), rate=None, depth_views=())
    for number, each in enumerate((spec, known)):
        each.save(tmp_path / f"{number}.json")
        assert StudentSpec.load(tmp_path / f"{number}.json") == each
    assert not known.has_depth


def test_any_number_of_time_steps_can_be_read_back(spec: StudentSpec, tmp_path: Path) -> None:
    statistics = replace(FieldStatistics.of(np.ones((2, 3))), count=10**8)
    replace(spec, actions=statistics).save(tmp_path / "spec.json")
    assert StudentSpec.load(tmp_path / "spec.json").actions == statistics


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_a_lost_or_damaged_file_is_one_sentence(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "spec.json").write_text(content)
    with pytest.raises(RecordError, match=r"spec\.json: does not say what the student sees") as e:
        StudentSpec.load(tmp_path / "spec.json")
    assert "\n" not in str(e.value)


def test_actions_that_nobody_named_are_numbered() -> None:
    assert default_action_names(2) == ("action 0", "action 1")
