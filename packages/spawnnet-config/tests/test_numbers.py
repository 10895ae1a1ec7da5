from typing import Any

import pytest

from spawnnet_config.numbers import number_problems


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"train": {"lr": float("inf")}}, "train.lr: must be a finite number, got inf."),
        ({"a": [1.0, float("nan")]}, "a[1]: must be a finite number, got nan."),
        ({"lr": 1e300}, "lr: must be at most 3.4e+38, got 1e+300."),
        ({"encoder": {"width": 100_001}}, "encoder.width: must be at most 100,000, got 100001."),
        ({"epochs": 10**10}, "epochs: must be at most 1,000,000,000, got 10000000000."),
        ({"size": [10**400, 2]}, "size[0]: must be at most 100,000, got 1329 bits."),
        ({"seed": 2**63}, f"seed: must be at most {2**63 - 1:,}, got {2**63}."),
    ],
)
def test_numbers_that_no_setting_can_have_are_named(settings: Any, problem: str) -> None:
    assert list(number_problems(settings)) == [problem]


def test_ordinary_settings_pass() -> None:
    settings = {"lr": 3e-4, "seed": 2**40, "save_every": 10**9, "on": True, "x": [None, "a", -5]}
    assert not list(number_problems(settings))
